import { expect, test } from 'vitest';
import { keepAliveSchema } from '#main/api/keep-alive.ts';

test.each([
  [0, 0],
  ['0', 0],
  [1.5, 1_500],
  ['90', 90_000],
  ['300ms', 300],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['1h30m', 5_400_000],
  ['1m2.5s', 62_500],
  ['1000000us', 1_000],
  [-1, -1],
  ['-1', -1],
  ['-1m', -1],
  ['-1h30m', -1],
])('%s is %i ms', (wire, milliseconds) => {
  expect(keepAliveSchema.parse(wire)).toBe(milliseconds);
});

test.each(['', 'm', '5 m', '5x', '1h 30m', 'for ever', '1e3', '9000h', Infinity, true])('%s is refused', (wire) => {
  expect(keepAliveSchema.safeParse(wire).success).toBe(false);
});
