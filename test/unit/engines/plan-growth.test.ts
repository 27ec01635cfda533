import { describe, expect, test } from 'vitest';
import { planGrowth, type GrowthState, type GrowthWish } from '#main/engines/llama-cpp/plan-growth.ts';

const empty = { isTaken: false, isOversized: false };
const taken = { isTaken: true, isOversized: false };

const wish = (given: Partial<GrowthWish> = {}): GrowthWish => ({
  need: 1000,
  choice: undefined,
  waiting: 1,
  busyDeep: 0,
  ...given,
});

const state = (given: Partial<GrowthState> = {}): GrowthState => ({
  shelf: { contextSize: 2048, sequences: 1 },
  deepCount: 0,
  idleDeep: undefined,
  limits: { contextSize: 32_768, sequences: 4 },
  isPortable: true,
  canTake: () => true,
  ...given,
});

describe('planGrowth', () => {
  test('what a free sequence serves needs nothing', () => {
    expect(planGrowth(wish({ choice: empty }), state())).toBeUndefined();
  });

  test('a busy shelf gets as many sequences as wait, up to the limit', () => {
    const shape = (sequences: number) => ({ type: 'shelf', shape: { contextSize: 2048, sequences } });
    expect(planGrowth(wish(), state())).toEqual(shape(2));
    expect(planGrowth(wish({ waiting: 2 }), state())).toEqual(shape(3));
    expect(planGrowth(wish({ waiting: 9 }), state())).toEqual(shape(4));
    const full = { contextSize: 2048, sequences: 4 };
    expect(planGrowth(wish(), state({ shelf: full }))).toBeUndefined();
  });

  test('a short request takes neither another conversation’s sequence nor a long one’s', () => {
    const expected = { type: 'shelf', shape: { contextSize: 2048, sequences: 2 } };
    expect(planGrowth(wish({ choice: taken }), state())).toEqual(expected);
    expect(planGrowth(wish({ choice: { isTaken: false, isOversized: true } }), state())).toEqual(expected);
  });

  test('a long request gets a context of its own with a quarter of room to spare', () => {
    const plan = planGrowth(wish({ need: 8000 }), state());
    expect(plan).toEqual({ type: 'deep', shape: { contextSize: 10_240, sequences: 1 } });
  });

  test('never more than the limit, and nothing for what is beyond it', () => {
    const deep = { type: 'deep', shape: { contextSize: 32_768, sequences: 1 } };
    expect(planGrowth(wish({ need: 32_000 }), state())).toEqual(deep);
    expect(planGrowth(wish({ need: 32_769 }), state())).toBeUndefined();
  });

  test('where memory is short: just enough, then an idle one goes first, then nothing', () => {
    const need = 8000;
    const atMost = (tokens: number) => (shape: { contextSize: number }) => shape.contextSize <= tokens;
    const exact = { contextSize: 8192, sequences: 1 };
    expect(planGrowth(wish({ need }), state({ canTake: atMost(8192) }))).toEqual({ type: 'deep', shape: exact });
    const freeing = (_: unknown, freed?: number) => freed === 1024;
    const crowded = state({ deepCount: 1, idleDeep: 1024, canTake: freeing });
    expect(planGrowth(wish({ need }), crowded)).toMatchObject({ type: 'deep', drops: 1024 });
    expect(planGrowth(wish({ need }), state({ canTake: () => false }))).toBeUndefined();
  });

  test('a third long request at a time makes the shelf longer: passes over the weights are shared there', () => {
    const shelf = { contextSize: 2048, sequences: 2 };
    const plan = planGrowth(wish({ need: 8000, busyDeep: 2 }), state({ shelf, deepCount: 2 }));
    expect(plan).toEqual({ type: 'shelf', shape: { contextSize: 10_240, sequences: 2 } });
  });

  test('a third long conversation takes the place of one that rests', () => {
    const plan = planGrowth(wish({ need: 8000, busyDeep: 1 }), state({ deepCount: 2, idleDeep: 1025 }));
    expect(plan).toMatchObject({ type: 'deep', drops: 1025 });
  });

  test('states that fit only a context like their own grow on the shelf alone', () => {
    const fixed = state({ isPortable: false, shelf: { contextSize: 2048, sequences: 4 } });
    expect(planGrowth(wish({ choice: taken }), fixed)).toBeUndefined();
    const longer = { type: 'shelf', shape: { contextSize: 10_240, sequences: 4 } };
    expect(planGrowth(wish({ need: 8000 }), fixed)).toEqual(longer);
  });
});
