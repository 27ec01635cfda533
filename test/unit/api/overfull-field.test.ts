import { expect, test } from 'vitest';
import { findOverfullField } from '#main/api/overfull-field.ts';

const padding = `"pad":"${'x'.repeat(600_000)}"`;
const find = (json: string, most: number) => findOverfullField(Buffer.from(json), most);
const members = (count: number): string => Array.from({ length: count }, (_, index) => `"${index}":${index}`).join(',');

test('the field with too many members is named, however they are nested', () => {
  expect(find(`{${padding},"a":{${members(5)}},"b":{${members(6)}}}`, 5)).toBe('b');
  expect(find(`{${padding},"a":[{${members(3)}},{"x":{${members(3)}}}],"b":1}`, 6)).toBe('a');
  expect(find(`{${padding},"ü\\"n":{${members(6)}}}`, 5)).toBe('ü"n');
});

test('what fits, lists, colons in texts and escaped quotes are no members', () => {
  expect(find(`{${padding},"a":{${members(5)}},"b":{${members(5)}}}`, 5)).toBeUndefined();
  expect(find(`{${padding},"a":[${'1,'.repeat(100)}1]}`, 5)).toBeUndefined();
  expect(find(`{${padding},"a":{"b":"${':'.repeat(100)}\\\\","c":"\\":\\":\\":\\":\\":\\":"}}`, 5)).toBeUndefined();
});

test('small bodies are not looked at, and what is no JSON is the parser’s', () => {
  expect(find(`{"a":{${members(100)}}}`, 5)).toBeUndefined();
  expect(find(`"${'x'.repeat(600_000)}`, 5)).toBeUndefined();
  expect(find(`}}}}${'x'.repeat(600_000)}`, 5)).toBeUndefined();
});

test('the look costs a fraction of the reading', () => {
  const body = Buffer.from(`{"a":{${members(700_000)}}}`);
  const cpu = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const look = cpu(() => findOverfullField(body, 1e9));
  const read = cpu(() => void JSON.parse(body.toString()));
  expect(look).toBeLessThan(read);
});
