import { z } from 'zod';
import { textSchema } from '../../validate.ts';
import { generationFields } from '../generation-fields.ts';

export const fimRequestSchema = z.object({
  ...generationFields,
  prompt: textSchema,
  suffix: textSchema.optional(),
  /** Mistral's name of `seed`. */
  random_seed: z.int().min(0).max(0xffff_ffff).optional(),
});
export type FimRequest = z.infer<typeof fimRequestSchema>;
