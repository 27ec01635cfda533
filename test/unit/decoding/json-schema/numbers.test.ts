import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { gbnfAccepts, readGbnf } from '#test/support/gbnf.ts';
import { createRandom, type Random } from '#test/support/random.ts';

/** Numbers near the bounds, where mistakes are made, and a few elsewhere. */
function near(random: Random, bounds: readonly number[], step: number): number[] {
  const around = bounds.flatMap((bound) =>
    [-11, -10, -9, -2, -1, 0, 1, 2, 9, 10, 11].map((offset) => bound + offset * step),
  );
  return [...around, 0, 1, -1, 9, 10, 99, 100, 101, -99, -100, random.below(100_000) - 50_000];
}

function fits(value: number, schema: Record<string, unknown>): boolean {
  const {
    minimum = -Infinity,
    maximum = Infinity,
    exclusiveMinimum = -Infinity,
    exclusiveMaximum = Infinity,
  } = schema as Record<string, number>;
  const { multipleOf } = schema as Record<string, number | undefined>;
  if (value < minimum || value > maximum || value <= exclusiveMinimum || value >= exclusiveMaximum) return false;
  return multipleOf === undefined || Number.isInteger(value / multipleOf);
}

function randomBounds(random: Random, scale: number): Record<string, number> {
  const low = Math.round((random.next() - 0.5) * 10 ** random.below(7)) / scale;
  const high = Number((low + Math.round(random.next() * 10 ** random.below(6)) / scale).toFixed(6));
  return random.pick<Record<string, number>>([
    { minimum: low },
    { maximum: high },
    { exclusiveMinimum: low },
    { exclusiveMaximum: high },
    { minimum: low, maximum: high },
    { minimum: low, exclusiveMaximum: high + 1 / scale },
  ]);
}

test('whole numbers: the grammar takes exactly those within bounds and multiples', () => {
  const wrong: string[] = [];
  for (let seed = 0; seed < 150; seed++) {
    const random = createRandom(seed);
    const bounds = randomBounds(random, 1);
    const factor = random.pick([0, 0, 1, 2, 3, 7, 10, 12, 60, 97, 100]);
    const schema = { type: 'integer', ...bounds, ...(factor === 0 ? {} : { multipleOf: factor }) };
    const values = near(random, Object.values(bounds), 1).flatMap((value) => [value, value * Math.max(factor, 1)]);
    const isPossible = values.some((value) => fits(value, schema));
    if (!isPossible) continue;
    const rules = readGbnf(compileJsonSchema(schema).grammar);
    for (const value of values) {
      if (gbnfAccepts(rules, String(value === 0 ? 0 : value)) !== fits(value, schema))
        wrong.push(`${JSON.stringify(schema)}: ${String(value)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('decimal numbers: the grammar takes exactly those within bounds', () => {
  const wrong: string[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const scale = random.pick([1, 10, 100, 1000]);
    const bounds = randomBounds(random, scale);
    const schema = { type: 'number', ...bounds };
    const values = near(random, Object.values(bounds), 1 / (scale * random.pick([1, 10]))).map((value) =>
      Number(value.toFixed(6)),
    );
    if (!values.some((value) => fits(value, schema))) continue;
    const rules = readGbnf(compileJsonSchema(schema).grammar);
    for (const value of values) {
      if (gbnfAccepts(rules, String(value === 0 ? 0 : value)) !== fits(value, schema))
        wrong.push(`${JSON.stringify(schema)}: ${String(value)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a decimal number may end in zeros and may not begin with them', () => {
  const rules = readGbnf(compileJsonSchema({ type: 'number', minimum: 1.5, maximum: 20 }).grammar);
  const taken = ['1.5', '1.50', '1.500000', '2.0', '20', '20.0', '01.5', '1.', '20.01', '1.49', '-2', '+2', '2e0'];
  expect(taken.filter((text) => gbnfAccepts(rules, text))).toEqual(['1.5', '1.50', '1.500000', '2.0', '20', '20.0']);
});

test('halves, quarters and eighths between bounds', () => {
  const rules = readGbnf(
    compileJsonSchema({ type: 'number', multipleOf: 0.125, minimum: -2, exclusiveMaximum: 3000 }).grammar,
  );
  const texts = ['-2', '-1.875', '-0.125', '0', '0.125', '2999.875', '3000', '-2.125', '0.1', '-0', '1.0625'];
  expect(texts.filter((text) => gbnfAccepts(rules, text))).toEqual([
    '-2',
    '-1.875',
    '-0.125',
    '0',
    '0.125',
    '2999.875',
  ]);
});
