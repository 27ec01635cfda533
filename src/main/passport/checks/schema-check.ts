import { z } from 'zod';
import type { Check } from '../check.ts';
import { plainQuestion, toPrompt } from '../model-under-test.ts';

/** Small on purpose: every answer to it ends within a few dozen tokens. */
const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 16 },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    colours: { type: 'array', items: { enum: ['red', 'green', 'blue'] }, minItems: 1, maxItems: 3 },
    isMember: { type: 'boolean' },
  },
  required: ['name', 'age', 'colours', 'isMember'],
  additionalProperties: false,
};

/** The same demands, read by another hand. */
const shape = z.strictObject({
  name: z.string().refine((text) => [...text].length >= 1 && [...text].length <= 16),
  age: z.int().min(0).max(120),
  colours: z
    .array(z.enum(['red', 'green', 'blue']))
    .min(1)
    .max(3),
  isMember: z.boolean(),
});

const samplings = [{ temperature: 0 }, { temperature: 1, seed: 1 }, { temperature: 1, seed: 2 }];

/** Answers bound to a JSON schema are JSON of that schema, likely or unlikely tokens chosen. */
export const schemaCheck: Check = {
  ids: ['json-schema'],
  needsText: true,
  async *run({ model }) {
    const prompt = toPrompt(model, 'Invent a person and describe them as JSON.');
    let valid = 0;
    for (const sampling of samplings) {
      const { text } = await model.ask({
        ...plainQuestion(prompt, 160),
        sampling,
        output: { type: 'json-schema', schema },
      });
      if (shape.safeParse(parseJson(text)).success) valid += 1;
    }
    const asked = samplings.length;
    const verdict = valid === asked ? 'pass' : 'fail';
    const detail = `${valid} of ${asked} answers are JSON of the schema.`;
    yield { id: 'json-schema', verdict, detail, figures: { valid, asked } };
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
