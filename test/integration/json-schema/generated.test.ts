import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { GbnfSampler, readGbnf } from '#test/support/gbnf.ts';
import { generateRecursiveSchema, generateSchema } from '#test/support/json-schema/generate-schema.ts';
import { judgeWithAjv, judgeWithPython, type Claim } from '#test/support/json-schema/judges.ts';
import { createRandom } from '#test/support/random.ts';

function claimOf(seed: number): Claim[] {
  const random = createRandom(seed);
  const schema = seed % 10 === 9 ? generateRecursiveSchema(random) : generateSchema(random, 3);
  try {
    const rules = readGbnf(compileJsonSchema(schema, { openObjects: seed % 2 === 0 }).grammar);
    const sampler = new GbnfSampler(rules, random);
    const texts = Array.from({ length: 5 }, (_, index) => sampler.sample(5 + index * 12));
    return [{ draft: 'draft2020-12', schema, texts }];
  } catch (error) {
    if (isAppError(error) && error.code === 'schema-unsupported') return [];
    throw error;
  }
}

test('every output of 250 generated schemas is valid in the view of Ajv and of Python', async () => {
  const claims = Array.from({ length: 250 }, (_, seed) => claimOf(10_000 + seed)).flat();
  const byPython = await judgeWithPython(claims);
  const invalid = claims.flatMap((claim, index) =>
    // Ajv does not find an anchor below prefixItems: where it has no verdict, Python's stands alone.
    [judgeWithAjv(claim) ?? [], byPython[index] ?? ['no verdict']].flatMap((errors) =>
      errors.flatMap((error, place) =>
        error === null ? [] : [`${JSON.stringify(claim.schema)}: ${claim.texts[place] ?? ''}: ${error}`],
      ),
    ),
  );
  expect(invalid).toEqual([]);
  expect(claims.length).toBeGreaterThan(190);
});
