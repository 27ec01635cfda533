import { z } from 'zod';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { keepAliveSchema } from '../../keep-alive.ts';
import { listSchema, textSchema } from '../../validate.ts';
import { modelFieldSchema } from '../model-field.ts';

const loadingFields = {
  model: modelFieldSchema,
  options: boundedJsonSchema.optional(),
  keep_alive: keepAliveSchema.optional(),
} as const;

export const ollamaEmbedSchema = z.object({
  ...loadingFields,
  input: z.union([textSchema, listSchema(textSchema, 2_048)], 'expected a text or a list of texts').optional(),
  /** Cut what is too long. Default: true. */
  truncate: z.boolean().optional(),
  /** 0: all there are. */
  dimensions: z.int().min(0).max(1_000_000).optional(),
});
export type OllamaEmbedRequest = z.infer<typeof ollamaEmbedSchema>;

/** The older form: one text, one vector. */
export const ollamaEmbeddingsSchema = z.object({ ...loadingFields, prompt: textSchema.optional() });
