import { z } from 'zod';
import { listSchema, modelNameSchema, textSchema } from '../../validate.ts';

const tokensSchema = listSchema(z.int().nonnegative(), 1_000_000);

/** Most inputs of one request, as OpenAI allows. */
export const mostInputs = 2048;

export const embeddingsRequestSchema = z.object({
  model: modelNameSchema.optional(),
  input: z.union([textSchema, listSchema(textSchema, mostInputs), tokensSchema, listSchema(tokensSchema, mostInputs)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).max(1_000_000).optional(),
});
export type EmbeddingsBody = z.infer<typeof embeddingsRequestSchema>;
