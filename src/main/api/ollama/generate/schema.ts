import { z } from 'zod';
import { listSchema, textSchema } from '../../validate.ts';
import { answerFields } from '../answer-fields.ts';

export const ollamaGenerateSchema = z.object({
  ...answerFields,
  /** Empty: the model is only loaded, or freed. */
  prompt: textSchema.optional(),
  /** What follows the gap that the answer fills; empty for none. */
  suffix: textSchema.optional(),
  system: textSchema.optional(),
  /** The prompt is taken as it is, without the model's template. */
  raw: z.boolean().optional(),
  /** Token ids of the conversation so far, as the answer before gave them. */
  context: listSchema(z.int().nonnegative(), 1_000_000).optional(),
});
export type OllamaGenerateRequest = z.infer<typeof ollamaGenerateSchema>;
