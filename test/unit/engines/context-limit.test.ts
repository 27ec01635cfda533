import { describe, expect, test } from 'vitest';
import { requirePlausibleContext } from '#main/engines/llama-cpp/context-limit.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const require = (contextSize: number, kvBytesPerToken: number | null, slots = 2): void =>
  requirePlausibleContext({
    model: makeModelRecord({ id: 'm', facts: { kvBytesPerToken } }),
    options: { contextSize, slots },
    totalBytes: 16e9,
  });

describe('requirePlausibleContext', () => {
  test('a context that may fit is left to the library', () => {
    expect(() => require(131_072, 131_072)).not.toThrow();
  });

  test('an absurd one is refused with both numbers', () => {
    expect(() => require(500_000_000, 20_000)).toThrow(
      expect.objectContaining({
        code: 'memory-insufficient',
        message: 'A context of 500000000 tokens for 2 sequences of m takes 20000.0 GB; the machine has 16.0 GB.',
        data: { neededBytes: 2e13, totalBytes: 16e9 },
      }),
    );
  });

  test('also for a file that does not tell what a token takes', () => {
    expect(() => require(500_000_000, null)).toThrow(expect.objectContaining({ code: 'memory-insufficient' }));
    expect(() => require(32_768, null)).not.toThrow();
  });
});
