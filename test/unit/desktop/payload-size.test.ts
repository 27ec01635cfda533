import { expect, test } from 'vitest';
import { isLargerThan } from '#main/desktop/payload-size.ts';

test.each<[unknown, boolean]>([
  ['x'.repeat(10), false],
  ['x'.repeat(11), true],
  [{ a: 'xx', b: ['xx'] }, false],
  [{ a: 'xxxx', b: ['xxxxx'] }, true],
  [Array.from({ length: 11 }, () => null), true],
  [{ ['key'.repeat(4)]: 1 }, true],
  [new Uint8Array(11), true],
  [new Uint8Array(10), false],
  [new ArrayBuffer(11), true],
  [undefined, false],
  [7, false],
])('%# is larger than 10: %s', (payload, expected) => {
  expect(isLargerThan(payload, 10)).toBe(expected);
});
