import { expect, test } from 'vitest';
import { AppError, type AppErrorOptions } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import { locateRefusal } from '#main/api/locate-refusal.ts';

const located = (code: ErrorCode, data: AppErrorOptions['data'], field: string | undefined) => {
  const error = new AppError(code, 'No.', { hint: 'Change it.', data });
  const result = locateRefusal(error, field);
  return result === error ? 'as it was' : result;
};

test.each([
  ['/properties/a~1b/items/0/oneOf', 'json_schema.properties.a/b.items[0].oneOf'],
  ['', 'json_schema'],
  [`/${'x'.repeat(500)}`, `json_schema.${'x'.repeat(188)}`],
])('a keyword at %s is told by the field that carried the schema', (path, param) => {
  expect(located('schema-unsupported', { path, keyword: 'oneOf' }, 'json_schema')).toMatchObject({
    code: 'schema-unsupported',
    message: 'No.',
    hint: 'Change it.',
    data: { path, keyword: 'oneOf', param },
  });
});

test('a fault in a grammar is told by the field that carried it', () => {
  expect(located('invalid-request', { line: 2, column: 5 }, 'guided_grammar')).toMatchObject({
    data: { line: 2, column: 5, param: 'guided_grammar' },
  });
});

test.each([
  ['invalid-request', { param: 'tools' }, 'grammar'],
  ['invalid-request', {}, 'grammar'],
  ['schema-unsupported', { path: '' }, undefined],
  ['context-overflow', { line: 1 }, 'grammar'],
] as const)('%s %j is left as it is', (code, data, field) => {
  expect(located(code, data, field)).toBe('as it was');
});

test('what is no error of ours passes', () => {
  expect(locateRefusal('boom', 'grammar')).toBe('boom');
});
