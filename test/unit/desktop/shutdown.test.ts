import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createShutdown } from '#main/desktop/shutdown.ts';

describe('the end of the app', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function make(stop: () => Promise<void>) {
    const log: unknown[] = [];
    const shutDown = createShutdown({
      stop,
      limitMs: 8000,
      exit: (code) => log.push(code),
      onProblem: (error) => log.push(String(error)),
    });
    return { log, shutDown };
  }

  test('waits for the server, then exits with 0', async () => {
    let finish = (): void => undefined;
    const { log, shutDown } = make(() => new Promise((resolve) => (finish = resolve)));
    const ended = shutDown();
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toEqual([]);
    finish();
    await ended;
    expect(log).toEqual([0]);
  });

  test('happens once, however often it is asked for', async () => {
    let stops = 0;
    const { log, shutDown } = make(async () => void (stops += 1));
    await Promise.all([shutDown(), shutDown()]);
    await shutDown();
    expect([stops, log]).toEqual([1, [0]]);
  });

  test('does not wait longer than its limit', async () => {
    const { log, shutDown } = make(() => new Promise(() => undefined));
    const ended = shutDown();
    await vi.advanceTimersByTimeAsync(7999);
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(log).toEqual([1]);
  });

  test('tells what went wrong and exits with 1', async () => {
    const { log, shutDown } = make(() => Promise.reject(new Error('a child hangs')));
    await shutDown();
    expect(log).toEqual(['Error: a child hangs', 1]);
  });
});
