import { expect, test } from 'vitest';
import { RecentValues } from '#main/engines/llama-cpp/answer/recent-values.ts';

test('a value is made once while it is asked for now and then; failures are not kept', () => {
  const made: string[] = [];
  const values = new RecentValues(2);
  const get = (name: string): string => values.get([{ name }], () => (made.push(name), name));
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(name)).toBe(name);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  const fail = (): never => {
    throw new Error('no');
  };
  expect(() => values.get(['x'], fail)).toThrow('no');
  expect(values.get(['x'], () => undefined)).toBeUndefined();
  expect(values.get(['x'], fail)).toBeUndefined();
});
