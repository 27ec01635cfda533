import { expect, test } from 'vitest';
import { judge, median, pairedRatio, quantile, seededRandom } from '#scripts/bench/statistics.ts';

test('the median of an even count lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(() => median([])).toThrow(RangeError);
});

test('a quantile is a value of the list', () => {
  expect(quantile([5, 1, 2, 3, 4], 0.5)).toBe(3);
  expect(quantile([1, 2], 1)).toBe(2);
});

test('equal arms give a ratio of exactly one', () => {
  expect(
    pairedRatio([
      [2, 2],
      [3, 3],
    ]),
  ).toEqual({ median: 1, low: 1, high: 1, pairs: 2 });
});

test('the interval holds the true ratio and is the same for the same seed', () => {
  const random = seededRandom(7);
  const pairs = Array.from({ length: 40 }, () => [1.1 * (0.95 + random() * 0.1), 0.95 + random() * 0.1] as const);
  const ratio = pairedRatio(pairs);
  expect(ratio.low).toBeLessThan(1.1);
  expect(ratio.high).toBeGreaterThan(1.09);
  expect(pairedRatio(pairs)).toEqual(ratio);
});

test('a verdict needs the whole interval on one side', () => {
  const ratio = { median: 1, low: 0.98, high: 1.01, pairs: 12 };
  expect(judge(ratio, { atMost: 1.02 })).toBe('met');
  expect(judge(ratio, { atMost: 1 })).toBe('open');
  expect(judge(ratio, { atMost: 0.9 })).toBe('missed');
  expect(judge(ratio, { atLeast: 1.02 })).toBe('missed');
});
