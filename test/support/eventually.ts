import { vi } from 'vitest';

/** Waits until the check no longer throws; patient, because the machine that runs the tests may be busy. */
export function eventually<Result>(check: () => Result, timeoutMs = 15_000): Promise<Result> {
  return vi.waitFor(check, { timeout: timeoutMs, interval: 10 });
}
