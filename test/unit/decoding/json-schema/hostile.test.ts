import { expect, test } from 'vitest';
import { parseGrammar } from '#main/decoding/grammar/index.ts';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';

/** Five times what we promise, in CPU time of this thread: the machine may be busy. */
const mostMilliseconds = 1000;

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let schema: unknown = { type: 'string' };
  for (let level = 0; level < depth; level++) schema = wrap(schema);
  return schema;
}

function many<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const million = 1_000_000;
const hostile: Record<string, () => unknown> = {
  'properties nested 100,000 deep': () => nested(100_000, (inner) => ({ properties: { a: inner } })),
  'allOf nested 100,000 deep': () => nested(100_000, (inner) => ({ allOf: [inner] })),
  'a constant nested 100,000 deep': () => ({ const: nested(100_000, (inner) => [inner]) }),
  '200,000 properties': () => ({
    properties: Object.fromEntries(many(200_000, (index) => [`p${String(index)}`, true])),
  }),
  'a million listed values': () => ({ enum: many(million, (index) => index) }),
  'listed texts of 50 MB in all': () => ({ enum: many(10_000, (index) => 'a'.repeat(index)) }),
  'definitions that double at every step': () => ({
    $defs: Object.fromEntries(
      many(40, (index) => [
        `d${String(index)}`,
        { allOf: [{ $ref: `#/$defs/d${String(index + 1)}` }, { $ref: `#/$defs/d${String(index + 1)}` }] },
      ]),
    ),
    $ref: '#/$defs/d0',
  }),
  'choices that multiply': () => ({
    allOf: many(20, (index) => ({ anyOf: [{ required: [`a${String(index)}`] }, { required: [`b${String(index)}`] }] })),
  }),
  'oneOf of a thousand objects': () => ({
    oneOf: many(1000, (index) => ({ properties: { [`p${String(index)}`]: { type: 'string' } } })),
  }),
  'a pattern of exponential backtracking': () => ({ enum: [`${'a'.repeat(5000)}!`], pattern: '^(a+)+$' }),
  'a pattern of 5,000 groups': () => ({ type: 'string', pattern: '('.repeat(5000) }),
  'a pattern whose automaton explodes': () => ({ type: 'string', pattern: 'a.{30}b', maxLength: 100 }),
  'a pattern of counted counts': () => ({ type: 'string', pattern: '((a{1,1000}){1,1000}){1,1000}b', minLength: 3 }),
  'patterns that multiply': () => ({
    allOf: many(8, (index) => ({ type: 'string', pattern: `${'ab'.repeat(index + 1)}.*c{${String(index + 2)}}` })),
  }),
  'patternProperties that multiply': () => ({
    patternProperties: Object.fromEntries(many(5, (index) => [`a.{${String(index + 6)}}b`, { minimum: index }])),
  }),
  'minLength 10^9': () => ({ type: 'string', minLength: 1e9 }),
  'a multiple of a huge number': () => ({ type: 'integer', multipleOf: 1e15 + 37 }),
  'numbers at the ends of floating point': () => ({
    type: 'number',
    minimum: 5e-324,
    maximum: 1.7e308,
    multipleOf: 3e-308,
  }),
};

test.each(Object.entries(hostile))('%s: compiled or refused at once', (_, make) => {
  const schema = make();
  const start = cpuMilliseconds();
  try {
    compileJsonSchema(schema);
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.code).toBe('schema-unsupported');
  }
  expect(cpuMilliseconds() - start).toBeLessThan(mostMilliseconds);
});

test('huge counts stay compact', () => {
  const schema = { type: 'array', maxItems: 1e9, items: { type: 'string', maxLength: 1e7 } };
  const { grammar, rules } = compileJsonSchema(schema);
  expect(rules).toBeLessThan(30);
  expect(() => parseGrammar(grammar)).not.toThrow();
  expect(
    Math.max(...[...grammar.matchAll(/\{(?:\d+,)?(\d+)\}/g)].map(([, count]) => Number(count))),
  ).toBeLessThanOrEqual(65_536);
});

test('500 optional properties take rules in proportion', () => {
  const properties = Object.fromEntries(many(500, (index) => [`p${String(index)}`, { type: 'integer' }]));
  const { grammar, rules } = compileJsonSchema({ type: 'object', properties });
  expect(rules).toBeLessThan(600);
  expect(() => parseGrammar(grammar)).not.toThrow();
});

test('more rules than allowed are refused', () => {
  const properties = Object.fromEntries(many(50, (index) => [`p${String(index)}`, { type: 'integer' }]));
  expect(() => compileJsonSchema({ type: 'object', properties }, { maxRules: 20 })).toThrow(
    /more than 20 grammar rules/,
  );
});
