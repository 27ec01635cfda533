import { getLlama, type Llama } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { generateRecursiveSchema, generateSchema } from '#test/support/json-schema/generate-schema.ts';
import { createRandom } from '#test/support/random.ts';

let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', logLevel: 'disabled' as never });
});
afterAll(() => llama.dispose());

const byHand: unknown[] = [
  true,
  { type: 'string', minLength: 3, maxLength: 5000 },
  { type: 'string', pattern: '[\\-\\]\\[^"\\\\\\u00e9\\u{1F600}]+$' },
  { type: 'array', items: { type: 'integer', minimum: -3, maximum: 2 ** 40 }, maxItems: 10_000 },
  { type: 'number', minimum: 0.001, exclusiveMaximum: 99.5 },
  { type: 'integer', multipleOf: 12 },
  { type: 'array', items: { enum: ['a', 'b', 'c', 'd', 'e'] }, uniqueItems: true },
  ...['date-time', 'email', 'uuid', 'ipv6', 'uri', 'uri-reference', 'duration', 'hostname'].map((format) => ({
    type: 'string',
    format,
  })),
  {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${String(index)}`, { type: 'null' }])),
    additionalProperties: { type: 'string' },
  },
];

function* grammars(): Generator<string> {
  for (const schema of byHand) yield compileJsonSchema(schema).grammar;
  for (let seed = 0; seed < 60; seed++) {
    const random = createRandom(20_000 + seed);
    const schema = seed % 10 === 9 ? generateRecursiveSchema(random) : generateSchema(random, 3);
    try {
      yield compileJsonSchema(schema).grammar;
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }
}

test("llama.cpp's own parser reads the grammars of 50 schemas and more", async () => {
  await expect(llama.createGrammar({ grammar: 'root ::= missing' })).rejects.toThrow();
  let count = 0;
  const unread: string[] = [];
  for (const grammar of grammars()) {
    count++;
    await llama.createGrammar({ grammar }).catch((error: unknown) => unread.push(`${String(error)}\n${grammar}`));
  }
  expect(unread).toEqual([]);
  expect(count).toBeGreaterThan(50);
});
