import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { gbnfAccepts, readGbnf, type Gbnf } from '#test/support/gbnf.ts';
import { judgeWithAjv } from '#test/support/json-schema/judges.ts';
import { layOut, inOtherOrders } from '#test/support/json-schema/layouts.ts';
import { createRandom, type Random } from '#test/support/random.ts';

const leaves: readonly unknown[] = [null, 1, 'a', 'bb'];
const names = ['a', 'b', 'cc'];

/** Every array of up to three leaves and every object of up to three properties. */
function world(): unknown[] {
  const arrays: unknown[][] = [[]];
  for (const array of arrays)
    if (array.length < 3) for (const leaf of leaves.slice(0, 3)) arrays.push([...array, leaf]);
  let objects: object[] = [{}];
  for (const name of names) {
    objects = objects.flatMap((object) => [object, ...leaves.slice(0, 3).map((leaf) => ({ ...object, [name]: leaf }))]);
  }
  return [...leaves, ...arrays, ...objects, [[1]], { a: { b: 1 } }, { zz: 1 }, { a: 1, zz: null }];
}

const leafSchemas: readonly unknown[] = [
  true,
  false,
  { type: 'integer' },
  { type: 'string' },
  { type: ['null', 'string'] },
  { enum: [1, 'a'] },
  { const: null },
  { minLength: 2 },
];

type Maker = (random: Random, depth: number) => object;

const leaf: Maker = (random) => {
  const schema = random.pick(leafSchemas);
  return typeof schema === 'object' && schema !== null ? schema : { allOf: [schema] };
};
const some = (random: Random, keyword: () => object): object => (random.next() < 0.35 ? keyword() : {});

const objects: Maker = (random, depth) => ({
  ...some(random, () => ({ type: 'object' })),
  ...some(random, () => ({
    properties: Object.fromEntries(
      names.filter(() => random.next() < 0.5).map((name) => [name, any(random, depth - 1)]),
    ),
  })),
  ...some(random, () => ({ required: names.filter(() => random.next() < 0.3) })),
  ...some(random, () => ({ additionalProperties: random.pick(leafSchemas) })),
  ...some(random, () => ({ patternProperties: { [random.pick(['^a', 'c', '^.$'])]: leaf(random, 0) } })),
  ...some(random, () => ({
    propertyNames: random.pick([{ maxLength: 1 }, { enum: ['a', 'cc'] }, { pattern: '^[ac]' }]),
  })),
  ...some(random, () => ({ minProperties: random.below(3) })),
  ...some(random, () => ({ maxProperties: random.below(4) })),
  ...some(random, () => ({ dependentRequired: { [random.pick(names)]: [random.pick(names)] } })),
  ...some(random, () => ({ dependentSchemas: { [random.pick(names)]: objects(random, 0) } })),
  ...some(random, () => ({ unevaluatedProperties: random.pick([false, { type: 'integer' }]) })),
});
const arrays: Maker = (random, depth) => ({
  ...some(random, () => ({ type: 'array' })),
  ...some(random, () => ({ items: random.pick(leafSchemas) })),
  ...some(random, () => ({ prefixItems: [any(random, depth - 1), random.pick(leafSchemas)] })),
  ...some(random, () => ({ minItems: random.below(3) })),
  ...some(random, () => ({ maxItems: random.below(4) })),
  ...some(random, () => ({ contains: leaf(random, 0), minContains: random.below(3) })),
  ...some(random, () => ({ uniqueItems: true, items: { enum: [1, 'a', null] } })),
  ...some(random, () => ({ unevaluatedItems: random.pick([false, { type: 'null' }]) })),
});

function any(random: Random, depth: number): object {
  if (depth <= 0) return leaf(random, 0);
  const makers: Maker[] = [
    objects,
    objects,
    arrays,
    leaf,
    (one, below) => ({ anyOf: [any(one, below - 1), any(one, below - 1)] }),
    (one, below) => ({ allOf: [any(one, below - 1), any(one, below - 1)] }),
    (one, below) => ({ oneOf: [any(one, below - 1), any(one, below - 1)] }),
    (one, below) => ({ ...objects(one, below), anyOf: [objects(one, below - 1), objects(one, below - 1)] }),
    (one) => ({ not: one.pick([{ type: 'string' }, { type: ['array', 'object'] }, { required: ['a'] }, {}, false]) }),
    (one, below) => ({
      ...any(one, below - 1),
      if: { properties: { a: leaf(one, 0) }, required: ['a'] },
      then: objects(one, 0),
      else: objects(one, 0),
    }),
    (one, below) => ({
      $defs: { x: {} },
      ...any(one, below - 1),
      type: one.pick(['object', 'array', 'string', ['null', 'integer']]),
    }),
  ];
  return random.pick(makers)(random, depth);
}

/** Where the grammar is narrower by intent, or Ajv wider than the standard, a valid value may be refused. */
function isNarrowed(schema: unknown): boolean {
  return /unevaluated|"minProperties":2|"not"|"prefixItems".*"contains"/.test(JSON.stringify(schema));
}

function compiled(schema: unknown): Gbnf | undefined {
  try {
    return readGbnf(compileJsonSchema(schema, { openObjects: true }).grammar);
  } catch (error) {
    if (isAppError(error) && error.code === 'schema-unsupported') return undefined;
    throw error;
  }
}

test('in a small world, the grammars of 400 schemas take exactly what Ajv takes', () => {
  const values = world();
  const texts = values.map(layOut);
  const wrong: string[] = [];
  let admitted = 0;
  for (let seed = 0; seed < 400; seed++) {
    const schema = any(createRandom(seed), 2);
    const rules = compiled(schema);
    const errors = rules && judgeWithAjv({ draft: 'draft2020-12', schema, texts });
    if (!errors) continue;
    admitted++;
    values.forEach((value, index) => {
      const isValid = errors[index] === null;
      const isTaken = gbnfAccepts(rules, texts[index] ?? '');
      if (isTaken === isValid) return;
      const isTakenInOrder = isValid && inOtherOrders(value).some((other) => gbnfAccepts(rules, layOut(other)));
      if (isTakenInOrder || (isValid && isNarrowed(schema))) return;
      wrong.push(`${isValid ? 'refuses' : 'takes'} ${texts[index] ?? ''}: ${JSON.stringify(schema)}`);
    });
  }
  expect(wrong).toEqual([]);
  expect(admitted).toBeGreaterThan(200);
}, 120_000);
