import { describe, expect, test } from 'vitest';
import { isAppError } from '#shared/errors/app-error.ts';
import { checkFields, refuseIgnored, toHeaderList } from '#main/api/check-fields.ts';
import { fieldTable } from '#main/api/field-table.ts';

function refusalOf(body: unknown): unknown {
  try {
    checkFields('openai-chat', body);
    return undefined;
  } catch (error) {
    if (isAppError(error)) return [error.code, error.data?.['param']];
    throw error;
  }
}

test('null is absent, wherever it stands', () => {
  const everything = Object.fromEntries(Object.keys(fieldTable['openai-chat']).map((field) => [field, null]));
  expect(checkFields('openai-chat', { ...everything, unheard_of: null })).toEqual({ fields: {}, ignored: [] });
});

test('unknown and harmless fields are named, honoured ones are passed on', () => {
  expect(checkFields('openai-chat', { temperature: 1, user: 'me', unheard_of: 1, store: true })).toEqual({
    fields: { temperature: 1 },
    ignored: ['user', 'unheard_of', 'store'],
  });
});

test('names that every object inherits are ordinary unknown fields', () => {
  const body = JSON.parse('{"__proto__":{"temperature":0},"constructor":1,"toString":2}') as unknown;
  const { fields, ignored } = checkFields('openai-chat', body);
  expect(fields['temperature']).toBeUndefined();
  expect(ignored).toEqual(['__proto__', 'constructor', 'toString']);
  expect(({} as Record<string, unknown>)['temperature']).toBeUndefined();
});

describe('a field that would change the answer and cannot', () => {
  test.each([
    ['audio', {}],
    ['modalities', ['text', 'audio']],
    ['guided_regex', 'a+'],
    ['post_sampling_probs', true],
    ['n_discard', -1],
    ['input', []],
  ])('%s: %j is refused by name', (field, value) => {
    expect(refusalOf({ [field]: value })).toEqual(['unsupported-field', field]);
  });

  test.each([
    ['modalities', ['text']],
    ['guided_regex', ''],
    ['post_sampling_probs', false],
    ['cache_prompt', true],
    ['id_slot', -1],
  ])('%s: %j asks for what happens anyway', (field, value) => {
    expect(checkFields('openai-chat', { [field]: value })).toEqual({ fields: {}, ignored: [] });
  });
});

test.each([undefined, null, [], 'text', 5])('%j is no request body', (body) => {
  expect(refusalOf(body)).toEqual(['invalid-request', undefined]);
});

test('strict mode refuses the first field without effect', () => {
  expect(() => refuseIgnored('openai-chat', ['user', 'unheard_of'])).toThrow(
    'The field "user" is not supported here: There are no accounts and nothing is stored. (Strict mode refuses fields that have no effect.)',
  );
  expect(() => refuseIgnored('openai-chat', [])).not.toThrow();
});

test.each([
  ['openai-chat', 'unheard_of', 'it is unknown.'],
  ['openai-chat', 'stream_options', 'it makes no difference in this request.'],
  ['ollama-chat', 'options.use_mlock', 'Files are mapped, never locked.'],
  ['ollama-chat', 'options.num_ctx', 'it makes no difference in this request.'],
  ['ollama-chat', 'options.unheard_of', 'it is unknown.'],
] as const)('strict mode tells of %s why %s has no effect', (endpoint, field, reason) => {
  expect(() => refuseIgnored(endpoint, [field])).toThrow(
    `The field "${field}" is not supported here: ${reason} (Strict mode refuses fields that have no effect.)`,
  );
});

test('names in the header are escaped and bounded', () => {
  expect(toHeaderList([])).toBeUndefined();
  expect(toHeaderList(['user', 'a\r\nset-cookie: x', 'ü', '\ud800'])).toBe(
    'user, a%0D%0Aset-cookie%3A%20x, %C3%BC, %EF%BF%BD',
  );
  expect(toHeaderList(Array.from({ length: 10_000 }, () => 'field'))?.length).toBeLessThanOrEqual(1_003);
});
