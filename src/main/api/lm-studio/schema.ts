import { z } from 'zod';
import { modelNameSchema, textSchema } from '../validate.ts';

export const loadSchema = z.object({
  model: modelNameSchema,
  context_length: z.int().min(16).max(100_000_000).optional(),
  /** Seconds that the model stays loaded without requests. */
  ttl: z.number().min(0).max(31_536_000).optional(),
  echo_load_config: z.boolean().optional(),
});

export const unloadSchema = z.object({ instance_id: modelNameSchema });

export const downloadSchema = z.object({ model: modelNameSchema, quantization: textSchema.max(64).optional() });
