import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isAppError } from '#shared/errors/app-error.ts';
import { decodeOutput, findOutputField, outputFields } from '#main/api/openai/output-fields.ts';
import { validate } from '#main/api/validate.ts';

const schema = z.object(outputFields);
const decode = (fields: object) => decodeOutput(validate(schema, fields));

function refusalOf(fields: object): [string, unknown] | undefined {
  try {
    decode(fields);
    return undefined;
  } catch (error) {
    if (isAppError(error)) return [error.code, error.data?.['param']];
    throw error;
  }
}

const person = { type: 'object', properties: { name: { type: 'string' } } };
const bound = { type: 'json-schema', schema: person };

test.each([
  [{}, undefined],
  [{ response_format: { type: 'text' } }, undefined],
  [{ grammar: '' }, undefined],
  [{ structured_outputs: {} }, undefined],
  [{ response_format: { type: 'json_object' } }, { type: 'json-object' }],
  [{ structured_outputs: { json_object: true } }, { type: 'json-object' }],
  [{ response_format: { type: 'json_object', schema: person } }, bound],
  [{ response_format: { type: 'json_schema', schema: person } }, bound],
  [{ response_format: { type: 'json_schema', json_schema: { name: 'p', strict: true, schema: person } } }, bound],
  [{ response_format: { type: 'json_schema', json_schema: { name: 'p', strict: false, schema: person } } }, bound],
  [{ json_schema: person }, bound],
  [{ json_schema: true }, { type: 'json-schema', schema: true }],
  [{ guided_json: person }, bound],
  [{ guided_json: JSON.stringify(person) }, bound],
  [{ structured_outputs: { json: person } }, bound],
  [{ grammar: 'root ::= "a"' }, { type: 'grammar', grammar: 'root ::= "a"' }],
  [{ guided_grammar: 'root ::= "a"' }, { type: 'grammar', grammar: 'root ::= "a"' }],
  [{ structured_outputs: { grammar: 'root ::= "a"' } }, { type: 'grammar', grammar: 'root ::= "a"' }],
  [
    { response_format: { type: 'text' }, grammar: 'root ::= "a"' },
    { type: 'grammar', grammar: 'root ::= "a"' },
  ],
])('%j', (fields, output) => {
  expect(decode(fields)).toEqual(output);
});

test.each([
  [{}, undefined],
  [{ grammar: 'root ::= "a"' }, 'grammar'],
  [{ response_format: { type: 'json_schema', schema: person } }, 'response_format.schema'],
  [{ response_format: { type: 'json_schema', json_schema: { schema: person } } }, 'response_format.json_schema.schema'],
])('%j is decided by a field', (fields, field) => {
  expect(findOutputField(validate(schema, fields))).toBe(field);
});

test('choices become a grammar of literals, whatever is in them', () => {
  expect(decode({ guided_choice: ['yes', 'a "b" \\', 'two\nlines', '世界'] })).toEqual({
    type: 'grammar',
    grammar: 'root ::= "yes" | "a \\"b\\" \\\\" | "two\\u000alines" | "世界"\n',
  });
  expect(decode({ structured_outputs: { choice: ['a'] } })).toEqual({ type: 'grammar', grammar: 'root ::= "a"\n' });
});

const nested = (levels: number): object => (levels === 1 ? {} : { items: nested(levels - 1) });

test('a schema may be 200 levels deep', () => {
  expect(decode({ json_schema: nested(200) })).toEqual({ type: 'json-schema', schema: nested(200) });
  expect(refusalOf({ json_schema: nested(201) })).toEqual(['invalid-request', 'json_schema']);
});

describe('refused by its place', () => {
  test.each([
    [{ response_format: {} }, 'response_format.type'],
    [{ response_format: { type: 'xml' } }, 'response_format.type'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema.schema'],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'p' } } }, 'response_format.json_schema.schema'],
    [
      { response_format: { type: 'json_schema', json_schema: { schema: 'text' } } },
      'response_format.json_schema.schema',
    ],
    [{ json_schema: nested(5_000) }, 'json_schema'],
    [{ json_schema: [] }, 'json_schema'],
    [{ guided_json: '{' }, 'guided_json'],
    [{ guided_json: '5' }, 'guided_json'],
    [{ guided_choice: [] }, 'guided_choice'],
    [{ guided_choice: [''] }, 'guided_choice[0]'],
    [{ structured_outputs: { regex: 'a+' } }, 'structured_outputs'],
    [{ grammar: 'root ::= "\ud800"' }, 'grammar'],
    [{ grammar: 'root ::= "a"', json_schema: person }, 'json_schema'],
    [{ response_format: { type: 'json_object' }, guided_choice: ['a'] }, 'guided_choice'],
  ])('%#', (fields, param) => {
    expect(refusalOf(fields)).toEqual(['invalid-request', param]);
  });
});
