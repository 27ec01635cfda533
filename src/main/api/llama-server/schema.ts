import { z } from 'zod';
import { chatRequestSchema } from '../openai/chat/schema.ts';
import { listSchema, modelNameSchema, textSchema } from '../validate.ts';

/** Which model a question without a body is about. */
export const modelQuerySchema = z.object({ model: modelNameSchema.optional() });

export const tokenizeRequestSchema = z.object({
  model: modelNameSchema.optional(),
  content: textSchema,
  add_special: z.boolean().optional(),
  with_pieces: z.boolean().optional(),
});
export type TokenizeBody = z.infer<typeof tokenizeRequestSchema>;

export const detokenizeRequestSchema = z.object({
  model: modelNameSchema.optional(),
  tokens: listSchema(z.int().nonnegative(), 1_000_000),
});
export type DetokenizeBody = z.infer<typeof detokenizeRequestSchema>;

export const applyTemplateRequestSchema = chatRequestSchema;
export type ApplyTemplateBody = z.infer<typeof applyTemplateRequestSchema>;
