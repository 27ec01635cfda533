import { expect, test } from 'vitest';
import {
  judge,
  median,
  medianInterval,
  pairedRatio,
  quantile,
  quantileRatio,
  seededRandom,
} from '#scripts/bench/statistics.ts';

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

test('the ratio of two quantiles is that of the whole lists, not of their pairs', () => {
  const ratio = quantileRatio(
    [
      [1, 30],
      [2, 20],
      [9, 10],
    ],
    0.99,
  );
  expect(ratio.median).toBe(0.3);
  expect(ratio.low).toBeLessThanOrEqual(0.3);
  expect(ratio.high).toBeGreaterThanOrEqual(0.3);
});

test('the interval of a median lies within the values and holds it', () => {
  const { median: middle, low, high } = medianInterval([5, 1, 4, 2, 3]);
  expect(middle).toBe(3);
  expect(low).toBeGreaterThanOrEqual(1);
  expect(high).toBeLessThanOrEqual(5);
  expect(low).toBeLessThan(high);
  expect(medianInterval([7])).toEqual({ median: 7, low: 7, high: 7 });
});
