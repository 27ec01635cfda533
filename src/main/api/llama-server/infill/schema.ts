import { z } from 'zod';
import { generationFields } from '../../openai/generation-fields.ts';
import { listSchema, textSchema } from '../../validate.ts';

const fileSchema = z.object({ text: textSchema, filename: textSchema.max(4_096).nullish() });

export const infillRequestSchema = z.object({
  ...generationFields,
  input_prefix: textSchema,
  input_suffix: textSchema,
  /** Pieces of other files. */
  input_extra: listSchema(fileSchema, 10_000).optional(),
  /** What stands between the prefix and the gap. */
  prompt: textSchema.optional(),
});
export type InfillBody = z.infer<typeof infillRequestSchema>;
