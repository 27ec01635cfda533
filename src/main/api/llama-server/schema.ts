import { z } from 'zod';
import { listSchema, textSchema } from '../validate.ts';

const modelSchema = z.string().min(1).max(512).optional();

export const tokenizeRequestSchema = z.object({
  model: modelSchema,
  content: textSchema,
  add_special: z.boolean().optional(),
  with_pieces: z.boolean().optional(),
});
export type TokenizeBody = z.infer<typeof tokenizeRequestSchema>;

export const detokenizeRequestSchema = z.object({
  model: modelSchema,
  tokens: listSchema(z.int().nonnegative(), 1_000_000),
});
export type DetokenizeBody = z.infer<typeof detokenizeRequestSchema>;
