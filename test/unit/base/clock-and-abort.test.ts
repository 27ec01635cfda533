import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { abortable, systemClock } from '#main/base/index.ts';
import { codeOf } from '#test/support/engine-tasks.ts';

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('takes timers longer than Node can, and runs them once', async () => {
    const days = 24 * 60 * 60_000;
    let runs = 0;
    systemClock.setTimer(60 * days, () => runs++);
    await vi.advanceTimersByTimeAsync(60 * days - 1);
    expect(runs).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a cancelled timer never runs, not even between two parts of a long one', async () => {
    let runs = 0;
    const cancel = systemClock.setTimer(2 ** 31 + 1000, () => runs++);
    await vi.advanceTimersByTimeAsync(2 ** 31);
    cancel();
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect([runs, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('time below zero is now', async () => {
    let runs = 0;
    systemClock.setTimer(-5, () => runs++);
    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toBe(1);
  });
});

describe('abortable', () => {
  test('gives the outcome of the promise', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(5), signal)).toBe(5);
    await expect(abortable(Promise.reject(new Error('own error')), signal)).rejects.toThrow('own error');
  });

  test('rejects with `cancelled` on abort, also when it came before', async () => {
    const controller = new AbortController();
    const waiting = codeOf(abortable(new Promise(() => undefined), controller.signal));
    controller.abort();
    expect((await waiting).code).toBe('cancelled');
    expect((await codeOf(abortable(Promise.resolve(5), controller.signal))).code).toBe('cancelled');
  });
});
