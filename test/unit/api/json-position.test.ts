import { expect, test } from 'vitest';
import { findJsonError } from '#main/api/json-position.ts';

test.each([
  { text: '{"a":abc}', offset: 5 },
  { text: '{"a":1,}', offset: 7 },
  { text: '[1,2,]', offset: 5 },
  { text: '{"a" 1}', offset: 5 },
  { text: "{'a':1}", offset: 1 },
  { text: '{"a":1} x', offset: 8 },
  { text: '{"a":NaN}', offset: 5 },
  { text: '{"a":+1}', offset: 5 },
  { text: '{"a":01}', offset: 5 },
  { text: '{"a":1]', offset: 6 },
  { text: '{"a":"b\u0001c"}', offset: 7 },
  { text: '{"a":"b\\xc"}', offset: 7 },
  { text: '\uFEFF{}', offset: 0 },
  { text: '{"a":[1,{"b":tru}]}', offset: 13 },
])('$text is wrong at $offset', ({ text, offset }) => {
  expect(() => JSON.parse(text) as unknown).toThrow();
  expect(findJsonError(text)).toMatchObject({ offset, isAtEnd: false });
});

test.each(['', '{', '{"a"', '{"a":', '{"a":"b', '[1,', '[[', '{"a":{"b":1}'])('%j ends too early', (text) => {
  expect(findJsonError(text)).toMatchObject({ offset: text.length, isAtEnd: true });
});

test('the place is counted in lines and columns, both from 1', () => {
  expect(findJsonError('{\n  "a": 1,\n  "b": x\n}')).toEqual({ offset: 19, line: 3, column: 8, isAtEnd: false });
});

test('a nesting of 100,000 and a text of five million characters are no danger', () => {
  expect(findJsonError('['.repeat(100_000))).toMatchObject({ offset: 100_000, isAtEnd: true });
  expect(findJsonError(`["${'x'.repeat(5_000_000)}`)).toMatchObject({ offset: 5_000_002, isAtEnd: true });
});
