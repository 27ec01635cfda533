import type { Random } from '../random.ts';

type Schema = Record<string, unknown> | boolean;

/** A random schema out of the keywords that people write, nested up to `depth`; often odd, sometimes contradictory. */
export function generateSchema(random: Random, depth: number): Schema {
  const makers = depth > 0 ? [...flat, ...nested] : flat;
  return random.pick(makers)(random, depth);
}

type Maker = (random: Random, depth: number) => Schema;

const words = ['a', 'ab', 'name', 'kind', 'größe', 'x y', 'q"uote', 'back\\slash', '日本', '', '$id', 'z\n', '😀'];
/** Ajv takes the empty name for none at all in `required`. */
const names = words.filter((word) => word !== '');
const patterns = [
  '^[a-z]+$',
  '^[A-Z]{2}-\\d{3,5}$',
  'foo',
  '^(ab|a|abc)*$',
  '\\d',
  '^\\w+@\\w+\\.(com|org)$',
  '^[^\\s"]+$',
  'x$',
  '^(?:[01]\\d|2[0-3]):[0-5]\\d$',
  '^.{2,6}$',
  '[äöü]|^$',
  '^\\S+( \\S+){0,3}$',
  '^[\\w.-]{1,64}$',
  '^"\\\\"?$',
];
const formats = ['date', 'time', 'date-time', 'email', 'uuid', 'ipv4', 'ipv6', 'uri', 'hostname', 'duration'];
const moreFormats = ['json-pointer', 'uri-reference', 'relative-json-pointer', 'uri-template', 'regex'];

function values(random: Random): unknown[] {
  const pool: unknown[] = [
    null,
    true,
    0,
    -1,
    1.5,
    12,
    'a',
    'ab',
    'abc',
    'q"',
    '日本',
    [],
    [1, 'x'],
    {},
    { a: 1, b: [null] },
  ];
  return Array.from({ length: 1 + random.below(5) }, () => random.pick(pool));
}

function maybe(random: Random, share: number, keywords: () => object): object {
  return random.next() < share ? keywords() : {};
}

const integer: Maker = (random) => {
  const low = random.below(300) - 150;
  const bounds = [
    { minimum: low },
    { maximum: low },
    { minimum: low, maximum: low + random.below(2000) },
    { exclusiveMinimum: low, maximum: low + 1 + random.below(50) },
    { minimum: low - 0.5, exclusiveMaximum: low + 10 ** random.below(9) },
  ];
  return {
    type: 'integer',
    ...maybe(random, 0.7, () => random.pick(bounds)),
    ...maybe(random, 0.3, () => ({ multipleOf: random.pick([1, 2, 3, 5, 7, 10, 12, 25, 64, 100, 0.5, 2.5]) })),
  };
};

const number: Maker = (random) => {
  const low = (random.below(4000) - 2000) / random.pick([1, 10, 100, 1000]);
  const bounds = [
    { minimum: low },
    { exclusiveMaximum: low },
    { minimum: low, maximum: low + random.below(100) / 7 },
    { exclusiveMinimum: low, exclusiveMaximum: low + 0.001 },
    { minimum: 0, maximum: 1 },
  ];
  return {
    type: 'number',
    ...maybe(random, 0.7, () => random.pick(bounds)),
    ...maybe(random, 0.15, () => ({ multipleOf: random.pick([0.5, 0.25, 3, 0.125]) })),
  };
};

const string: Maker = (random) => ({
  type: 'string',
  ...maybe(random, 0.4, () => ({ minLength: random.below(5) })),
  ...maybe(random, 0.4, () => ({ maxLength: random.pick([0, 1, 5, 8, 40, 300]) })),
  ...maybe(random, 0.3, () => ({ pattern: random.pick(patterns) })),
});

const format: Maker = (random) => ({ type: 'string', format: random.pick([...formats, ...moreFormats]) });

const flat: readonly Maker[] = [
  integer,
  number,
  string,
  string,
  format,
  (random) => ({ enum: values(random) }),
  (random) => ({ enum: Array.from({ length: 12 }, () => `${random.pick(words)}${random.pick(words)}`) }),
  (random) => ({ const: random.pick(values(random)) }),
  (random) => ({
    type: random.pick(['boolean', 'null', ['string', 'null'], ['integer', 'boolean'], 'array', 'object']),
  }),
  (random) => random.pick<Schema>([true, {}, { title: 'anything' }]),
];

const object: Maker = (random, depth) => {
  const own = [...new Set(Array.from({ length: random.below(6) }, () => random.pick(words)))];
  const properties = Object.fromEntries(own.map((name) => [name, generateSchema(random, depth - 1)]));
  return {
    type: 'object',
    properties,
    ...maybe(random, 0.7, () => ({ required: own.filter((name) => name !== '' && random.next() < 0.5) })),
    ...maybe(random, 0.5, () => ({
      additionalProperties: random.next() < 0.5 ? false : generateSchema(random, depth - 1),
    })),
    ...maybe(random, 0.15, () => ({
      patternProperties: { [random.pick(patterns)]: generateSchema(random, depth - 1) },
    })),
    ...maybe(random, 0.1, () => ({ propertyNames: random.pick([{ pattern: '^[a-z]+$' }, { maxLength: 3 }]) })),
    ...maybe(random, 0.1, () => ({ minProperties: random.below(3) })),
    ...maybe(random, 0.1, () => ({ maxProperties: random.below(5) })),
    ...maybe(random, 0.1, () => ({ dependentRequired: { [random.pick(names)]: [random.pick(names)] } })),
  };
};

function asObject(schema: Schema): object {
  return typeof schema === 'boolean' ? {} : schema;
}

const array: Maker = (random, depth) => ({
  type: 'array',
  ...maybe(random, 0.8, () => ({ items: generateSchema(random, depth - 1) })),
  ...maybe(random, 0.3, () => ({
    prefixItems: Array.from({ length: 1 + random.below(3) }, () => generateSchema(random, depth - 1)),
  })),
  ...maybe(random, 0.4, () => ({ minItems: random.below(4) })),
  ...maybe(random, 0.4, () => ({ maxItems: random.below(6) })),
  ...maybe(random, 0.1, () => ({ contains: generateSchema(random, depth - 1) })),
});

const nested: readonly Maker[] = [
  object,
  object,
  object,
  array,
  array,
  (random, depth) => ({ anyOf: [generateSchema(random, depth - 1), generateSchema(random, depth - 1)] }),
  (random, depth) => ({ allOf: [generateSchema(random, depth - 1), generateSchema(random, depth - 1)] }),
  (random, depth) => ({ allOf: [object(random, depth - 1), object(random, depth - 1)] }),
  (random, depth) => ({ oneOf: [generateSchema(random, depth - 1), generateSchema(random, depth - 1)] }),
  (random, depth) => ({
    oneOf: ['first', 'second', 'third'].map((kind) => ({
      type: 'object',
      properties: { kind: { const: kind }, [random.pick(words)]: generateSchema(random, depth - 1) },
      required: ['kind'],
    })),
  }),
  (random) => ({ type: 'array', items: { enum: ['a', 'b', 'c', 4] }, uniqueItems: true, minItems: random.below(5) }),
  (random, depth) => ({
    ...asObject(object(random, depth - 1)),
    [random.pick(['anyOf', 'allOf'])]: [object(random, depth - 1), { required: [random.pick(names)] }],
    unevaluatedProperties: random.pick<Schema>([false, { type: 'integer' }]),
  }),
  (random, depth) => ({
    type: 'array',
    allOf: [array(random, depth - 1)],
    prefixItems: [generateSchema(random, depth - 1)],
    unevaluatedItems: random.pick<Schema>([false, { type: 'null' }]),
  }),
  (random, depth) => ({
    ...asObject(object(random, depth - 1)),
    dependentSchemas: { [random.pick(names)]: object(random, depth - 1) },
    not: { required: [...new Set([random.pick(names), random.pick(names)])] },
  }),
  (random, depth) => ({
    type: 'array',
    prefixItems: [generateSchema(random, depth - 1)],
    contains: flat[random.below(4)]?.(random, 0) ?? true,
    minContains: random.below(3),
    maxItems: 2 + random.below(3),
  }),
  (random, depth) => {
    const anchor = `base${String(random.below(1e9))}`;
    return {
      $defs: { base: { $anchor: anchor, ...asObject(object(random, depth - 1)) } },
      $ref: `#${anchor}`,
      properties: { [random.pick(words)]: generateSchema(random, depth - 1) },
      required: [random.pick(names)],
      minProperties: random.below(3),
    };
  },
  (random, depth) => ({
    type: 'object',
    minProperties: random.below(2),
    maxProperties: 1 + random.below(3),
    additionalProperties: generateSchema(random, depth - 1),
    patternProperties: { '^[a-z]': generateSchema(random, depth - 1), o$: generateSchema(random, depth - 1) },
  }),
  (random, depth) => ({
    enum: [...values(random), ...values(random), 'abc', 7, { kind: 'a' }],
    [random.pick(['not', 'if'])]: generateSchema(random, depth - 1),
    then: generateSchema(random, 0),
  }),
  (random, depth) => ({
    $defs: { node: generateSchema(random, depth - 1) },
    type: 'array',
    items: { anyOf: [{ type: 'array', items: { type: 'null' } }, { type: 'integer' }] },
  }),
  (random, depth) => ({
    type: 'object',
    properties: { kind: { enum: ['a', 'b'] }, value: true },
    required: ['kind'],
    if: { properties: { kind: { const: 'a' } } },
    then: { properties: { value: generateSchema(random, depth - 1) }, required: ['value'] },
    else: { properties: { other: generateSchema(random, depth - 1) } },
  }),
];

/** The same, with a definition that refers to itself. */
export function generateRecursiveSchema(random: Random): Schema {
  const node = {
    type: 'object',
    properties: {
      value: generateSchema(random, 1),
      children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 1 + random.below(4) },
      next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
    },
    required: random.pick([['value'], ['value', 'children'], []]),
    additionalProperties: false,
  };
  return {
    $defs: { node },
    ...random.pick<object>([{ $ref: '#/$defs/node' }, { type: 'array', items: { $ref: '#/$defs/node' } }]),
  };
}
