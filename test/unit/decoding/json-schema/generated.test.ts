import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { gbnfAccepts, GbnfSampler, readGbnf } from '#test/support/gbnf.ts';
import { generateRecursiveSchema, generateSchema } from '#test/support/json-schema/generate-schema.ts';
import { judgeWithAjv } from '#test/support/json-schema/judges.ts';
import { createRandom } from '#test/support/random.ts';

test('every output of 300 generated schemas is valid in the view of Ajv', () => {
  let admitted = 0;
  const invalid: string[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const schema = seed % 10 === 9 ? generateRecursiveSchema(random) : generateSchema(random, 3);
    const rules = compiled(schema, seed % 2 === 0);
    if (!rules) continue;
    admitted++;
    const sampler = new GbnfSampler(rules, random);
    const texts = Array.from({ length: 5 }, (_, index) => sampler.sample(5 + index * 12));
    expect(texts.filter((text) => text.length < 60 && !gbnfAccepts(rules, text))).toEqual([]);
    const errors = judgeWithAjv({ draft: 'draft2020-12', schema, texts }) ?? ['Ajv cannot read the schema'];
    errors.forEach((error, index) => {
      if (error !== null) invalid.push(`${JSON.stringify(schema)}: ${texts[index] ?? ''}: ${error}`);
    });
  }
  expect(invalid).toEqual([]);
  expect(admitted).toBeGreaterThan(220);
});

function compiled(schema: unknown, openObjects: boolean): ReturnType<typeof readGbnf> | undefined {
  try {
    return readGbnf(compileJsonSchema(schema, { openObjects }).grammar);
  } catch (error) {
    if (isAppError(error) && error.code === 'schema-unsupported') return undefined;
    throw error;
  }
}
