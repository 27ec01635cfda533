import { describe, expect, test } from 'vitest';
import { chooseSequence, type SequenceOffer } from '#main/engines/llama-cpp/prefix-reuse.ts';

const offer = (id: number, heldTokens: number, commonTokens: number, lastUsed = 0): SequenceOffer => ({
  id,
  heldTokens,
  commonTokens,
  lastUsed,
});
const choose = (offers: SequenceOffer[], promptLength: number, busy: number[] = []) =>
  chooseSequence(offers, promptLength, new Set(busy))?.id;

describe('chooseSequence', () => {
  test('the longest common beginning wins', () => {
    expect(choose([offer(0, 100, 20), offer(1, 100, 90), offer(2, 0, 0)], 120)).toBe(1);
  });

  test('a prompt asked again takes its own sequence, however long the answer was', () => {
    expect(choose([offer(0, 5000, 49), offer(1, 0, 0)], 50)).toBe(0);
  });

  test('a shared system prompt is reused', () => {
    expect(choose([offer(0, 180, 100), offer(1, 0, 0)], 150)).toBe(0);
  });

  test('a few shared tokens do not destroy a long conversation while another sequence is free', () => {
    expect(choose([offer(0, 20_000, 10, 5), offer(1, 0, 0)], 40)).toBe(1);
    expect(choose([offer(0, 20_000, 10, 5), offer(1, 300, 2, 3)], 40)).toBe(1);
  });

  test('without a match an empty sequence is taken, the lowest first', () => {
    expect(choose([offer(0, 80, 0, 9), offer(1, 0, 0), offer(2, 0, 0)], 30)).toBe(1);
  });

  test('without a match and without an empty one the least recently used is taken', () => {
    expect(choose([offer(0, 80, 0, 9), offer(1, 70, 0, 4), offer(2, 60, 0, 7)], 30)).toBe(1);
  });

  test('beside running answers the ids stay together', () => {
    expect(choose([offer(1, 50, 0, 8), offer(2, 0, 0), offer(3, 0, 0)], 30, [0])).toBe(1);
    expect(choose([offer(0, 50, 0, 8), offer(3, 0, 0, 0)], 30, [1, 2])).toBe(3);
    expect(choose([offer(1, 50, 0, 8), offer(3, 0, 0, 0)], 30, [0, 2])).toBe(1);
  });

  test('a long common beginning is worth a gap, a short one is not', () => {
    expect(choose([offer(1, 0, 0), offer(3, 40, 40)], 60, [0])).toBe(1);
    expect(choose([offer(1, 0, 0), offer(3, 400, 400)], 420, [0])).toBe(3);
  });

  test('no free sequence gives none', () => {
    expect(choose([], 30, [0, 1])).toBeUndefined();
  });
});
