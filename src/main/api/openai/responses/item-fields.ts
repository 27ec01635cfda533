import { z } from 'zod';
import { listSchema, textSchema } from '../../validate.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';

const maxParts = 10_000;

const partSchema = z.object({
  type: z.string(),
  text: textSchema.nullish(),
  refusal: textSchema.nullish(),
});
export type Part = z.infer<typeof partSchema>;

const contentSchema = z.union([textSchema, listSchema(partSchema, maxParts)]);

/** Every kind of item in one shape; what a kind needs is checked when it is read. */
const itemSchema = z.object({
  /** Absent: a message. */
  type: z.string().nullish(),
  id: textSchema.max(256).nullish(),
  role: z.enum(['system', 'developer', 'user', 'assistant']).nullish(),
  content: contentSchema.nullish(),
  call_id: textSchema.max(256).nullish(),
  name: textSchema.max(256).nullish(),
  namespace: textSchema.max(256).nullish(),
  arguments: textSchema.nullish(),
  input: textSchema.nullish(),
  action: boundedJsonSchema.nullish(),
  output: contentSchema.nullish(),
  summary: listSchema(partSchema, maxParts).nullish(),
  encrypted_content: z.string().nullish(),
});
export type Item = z.infer<typeof itemSchema>;

export const itemsSchema = listSchema(itemSchema, 100_000);
