import { expect, test } from 'vitest';
import { GrammarMatcher, parseGrammar } from '#main/decoding/grammar/index.ts';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { GbnfSampler, readGbnf, type Gbnf } from '#test/support/gbnf.ts';
import { generateRecursiveSchema, generateSchema } from '#test/support/json-schema/generate-schema.ts';
import { judgeWithAjv } from '#test/support/json-schema/judges.ts';
import { createRandom } from '#test/support/random.ts';

test('every output of 200 generated schemas is valid in the view of Ajv and accepted by our matcher', () => {
  let [admitted, judged] = [0, 0];
  const invalid: string[] = [];
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const schema = seed % 10 === 9 ? generateRecursiveSchema(random) : generateSchema(random, 3);
    const rules = compiled(schema, seed % 2 === 0);
    if (!rules) continue;
    admitted++;
    const sampler = new GbnfSampler(rules.read, random);
    const texts = Array.from({ length: 5 }, (_, index) => sampler.sample(5 + index * 12));
    expect(texts.filter((text) => !matches(rules.text, text))).toEqual([]);
    const errors = judgeWithAjv({ draft: 'draft2020-12', schema, texts });
    if (errors) judged++;
    errors?.forEach((error, index) => {
      if (error !== null) invalid.push(`${JSON.stringify(schema)}: ${texts[index] ?? ''}: ${error}`);
    });
  }
  expect(invalid).toEqual([]);
  expect(admitted).toBeGreaterThan(140);
  expect(judged / admitted).toBeGreaterThan(0.95);
}, 120_000);

function matches(grammar: string, text: string): boolean {
  const matcher = new GrammarMatcher(parseGrammar(grammar));
  return matcher.accept(new TextEncoder().encode(text)) && matcher.canEnd;
}

function compiled(schema: unknown, openObjects: boolean): { text: string; read: Gbnf } | undefined {
  try {
    const { grammar } = compileJsonSchema(schema, { openObjects });
    return { text: grammar, read: readGbnf(grammar) };
  } catch (error) {
    if (isAppError(error) && error.code === 'schema-unsupported') return undefined;
    throw error;
  }
}
