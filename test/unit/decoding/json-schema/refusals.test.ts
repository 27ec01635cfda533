import { expect, test } from 'vitest';
import { compileJsonSchema, type JsonSchemaOptions } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';

function refusalOf(schema: unknown, options: JsonSchemaOptions = {}): { path: unknown; keyword: unknown } | undefined {
  try {
    compileJsonSchema(schema, options);
    return undefined;
  } catch (error) {
    if (!isAppError(error) || error.code !== 'schema-unsupported') throw error;
    expect(error.status).toBe(400);
    expect(error.hint).toMatch(/\.$/);
    return { path: error.data?.['path'], keyword: error.data?.['keyword'] };
  }
}

const inside = (schema: unknown): unknown => ({ type: 'object', properties: { 'a/b': schema }, required: ['a/b'] });

const refused: [string, unknown, string][] = [
  ['lookahead', { type: 'string', pattern: '^(?=a)b' }, '/pattern'],
  ['lookbehind', { type: 'string', pattern: '(?<=a)b' }, '/pattern'],
  ['backreferences', { type: 'string', pattern: '^(a)\\1$' }, '/pattern'],
  ['word borders', { type: 'string', pattern: '\\bfoo' }, '/pattern'],
  ['scripts of Unicode', { type: 'string', pattern: '^\\p{Script=Greek}$' }, '/pattern'],
  ['broken patterns', { type: 'string', pattern: '(' }, '/pattern'],
  ['not of endless values', { type: 'string', not: { minLength: 3 } }, '/not'],
  ['not of one of endless values', { type: 'string', not: { const: 'a' } }, '/not'],
  ['oneOf that overlaps', { oneOf: [{ type: 'integer' }, { type: 'number' }] }, '/oneOf'],
  ['uniqueItems of endless values', { type: 'array', uniqueItems: true }, '/uniqueItems'],
  ['maxContains', { type: 'array', contains: { type: 'null' }, maxContains: 1 }, '/maxContains'],
  ['multipleOf a tenth', { type: 'number', multipleOf: 0.1 }, '/multipleOf'],
  ['multipleOf a large prime', { type: 'integer', multipleOf: 99991 }, '/multipleOf'],
  ['minProperties of free names', { type: 'object', minProperties: 2 }, '/minProperties'],
  ['numbers of more than 15 digits', { type: 'integer', minimum: 1e18 }, '/minimum'],
  ['listed numbers that JavaScript rounds', { enum: [1, 2 ** 60] }, '/enum'],
  ['references elsewhere', { $ref: 'https://example.com/schema.json' }, '/$ref'],
  ['references to nothing', { $ref: '#/$defs/missing' }, '/$ref'],
  ['dynamic references', { $dynamicRef: '#node' }, '/$dynamicRef'],
  ['if that asks for more than properties', { type: 'string', if: { minLength: 2 }, then: { pattern: 'a' } }, '/if'],
  ['required beside the property itself', { type: 'string', required: true }, '/required'],
  ['unknown types', { type: 'text' }, '/type'],
  ['misshapen keywords', { type: 'string', maxLength: 'long' }, '/maxLength'],
];

test.each(refused)('refuses %s by the path of the keyword', (_, schema, path) => {
  const keyword = path.slice(1);
  expect(refusalOf(schema)).toEqual({ path, keyword });
  expect(refusalOf(inside(schema))).toEqual({ path: `/properties/a~1b${path}`, keyword });
});

test('refuses a $ref that leads back to itself without a value in between', () => {
  expect(refusalOf({ $ref: '#' })).toEqual({ path: '/$ref', keyword: '$ref' });
  const loop = { $defs: { a: { $ref: '#/$defs/b' }, b: { allOf: [{ $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' };
  expect(refusalOf(loop)?.keyword).toBe('$ref');
});

test('refuses what no value satisfies, also when that shows only behind a recursion', () => {
  const impossible: unknown[] = [
    false,
    { type: 'integer', minimum: 3, maximum: 2 },
    { type: 'string', maxLength: 2, pattern: 'abc' },
    { enum: ['a'], type: 'integer' },
    { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
    { type: 'array', items: { $ref: '#' }, minItems: 1 },
  ];
  for (const schema of impossible) expect(refusalOf(schema)).toEqual({ path: '', keyword: '$schema' });
});

test('an optional property for which nothing is valid is left out', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/endless' }, b: { type: 'null' } } };
  const $defs = { endless: { type: 'object', properties: { x: { $ref: '#/$defs/endless' } }, required: ['x'] } };
  const { grammar } = compileJsonSchema({ ...schema, $defs });
  expect(grammar).not.toContain('\\"a\\"');
  expect(grammar).toContain('\\"b\\"');
});

test('unknown keywords and formats are named, and refused in strict mode', () => {
  const schema = inside({ type: 'string', format: 'shoe-size', colour: 'red', 'x-note': 1, title: 'T' });
  expect(compileJsonSchema(schema).ignored).toEqual(['/properties/a~1b/colour', '/properties/a~1b/format']);
  expect(refusalOf(schema, { strict: true })).toEqual({ path: '/properties/a~1b/colour', keyword: 'colour' });
});

test.each([null, 'text', [], 3, undefined])('refuses %j as a schema', (schema) => {
  expect(refusalOf(schema)).toEqual({ path: '', keyword: '' });
});
