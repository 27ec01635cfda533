import { describe, expect, test } from 'vitest';
import { choosePlacement, type PlacementInput } from '#main/scheduler/choose-placement.ts';
import { chooseVictim } from '#main/scheduler/eviction-policy.ts';
import { createLease } from '#main/scheduler/lease.ts';
import { readFreeBytes } from '#main/scheduler/machine-facts.ts';
import { judgeRestart, shouldQuarantine } from '#main/scheduler/restart-policy.ts';
import type { EngineInstance } from '#main/engine-port/index.ts';

describe('where a model runs', () => {
  const proven: PlacementInput = { trust: 'proven', chosen: 'auto', usesGpu: false, available: ['main', 'child'] };

  test.each<[string, Partial<PlacementInput>, string]>([
    ['a proven file on the processor', {}, 'child'],
    ['a proven file with layers on the GPU', { usesGpu: true }, 'main'],
    ['a new file with layers on the GPU', { trust: 'new', usesGpu: true }, 'child'],
    ['a new file the user wants in the main process', { trust: 'new', chosen: 'main' }, 'child'],
    ['a proven file the user wants in the main process', { chosen: 'main' }, 'main'],
    ['a proven GPU file the user wants in a child', { chosen: 'child', usesGpu: true }, 'child'],
    ['a new file where no child can start', { trust: 'new', available: ['main'] }, 'main'],
    ['a GPU file where only children exist', { usesGpu: true, available: ['child'] }, 'child'],
  ])('%s', (_name, input, placement) => {
    expect(choosePlacement({ ...proven, ...input })?.placement).toBe(placement);
  });

  test('nowhere without an engine', () => {
    expect(choosePlacement({ ...proven, available: [] })).toBeUndefined();
  });
});

describe('restart after crashes', () => {
  const crash = (at: number, blamesFile = true) => ({ at, blamesFile });

  test.each([
    { crashes: [], now: 0, delayMs: 0 },
    { crashes: [crash(1000)], now: 1000, delayMs: 0 },
    { crashes: [crash(0), crash(1000)], now: 1000, delayMs: 1000 },
    { crashes: [crash(0), crash(1000)], now: 1200, delayMs: 800 },
    { crashes: [crash(0), crash(1000)], now: 9000, delayMs: 0 },
    { crashes: [crash(0), crash(1000), crash(400_000)], now: 400_000, delayMs: 0 },
  ])('$crashes.length crashes, now $now: after $delayMs ms', ({ crashes, now, delayMs }) => {
    expect(judgeRestart(crashes, now)).toEqual({ action: 'start', delayMs });
  });

  test('three crashes within five minutes stop it until the first of them is five minutes old', () => {
    const crashes = [crash(10_000), crash(20_000), crash(30_000)];
    expect(judgeRestart(crashes, 30_000)).toEqual({ action: 'refuse', retryAfterMs: 280_000 });
    expect(judgeRestart(crashes, 309_999)).toEqual({ action: 'refuse', retryAfterMs: 1 });
    expect(judgeRestart(crashes, 310_000)).toEqual({ action: 'start', delayMs: 0 });
  });

  test('three crashes by the file within an hour are a case for quarantine', () => {
    expect(shouldQuarantine([crash(0), crash(1)], 1)).toBe(false);
    expect(shouldQuarantine([crash(0), crash(1), crash(2)], 2)).toBe(true);
    expect(shouldQuarantine([crash(0), crash(1, false), crash(2)], 2)).toBe(false);
    expect(shouldQuarantine([crash(0), crash(3_000_000), crash(3_700_000)], 3_700_000)).toBe(false);
  });
});

describe('who makes room', () => {
  const candidate = (id: string, lastUsedAt: number, marks = {}) => ({
    id,
    lastUsedAt,
    isInUse: false,
    isPinned: false,
    ...marks,
  });

  test('the idle model unused for longest', () => {
    expect(chooseVictim([candidate('b', 20), candidate('a', 10), candidate('c', 30)])).toBe('a');
  });

  test('never one that is in use', () => {
    expect(chooseVictim([candidate('a', 10, { isInUse: true }), candidate('b', 20)])).toBe('b');
    expect(chooseVictim([candidate('a', 10, { isInUse: true })])).toBeUndefined();
  });

  test('a pinned one last', () => {
    expect(chooseVictim([candidate('a', 10, { isPinned: true }), candidate('b', 20)])).toBe('b');
    expect(chooseVictim([candidate('a', 10, { isPinned: true })])).toBe('a');
  });
});

describe('free memory', () => {
  const machine = (isMemoryExact?: boolean) => ({
    physicalCores: 1,
    hasGpu: false,
    readMemory: () => ({ totalBytes: 16, availableBytes: 1 }),
    ...(isMemoryExact === undefined ? {} : { isMemoryExact }),
  });

  test('is what the system says where that is exact, else at least half of the machine', () => {
    expect(readFreeBytes(machine())).toBe(1);
    expect(readFreeBytes(machine(false))).toBe(8);
  });
});

test('a lease is given back once, by release or by leaving the scope', () => {
  let released = 0;
  const instance = {} as EngineInstance;
  {
    using lease = createLease(instance, () => released++);
    expect(lease.instance).toBe(instance);
    lease.release();
    lease.release();
  }
  expect(released).toBe(1);
});
