import { z } from 'zod';
import { generationFields } from '../../openai/generation-fields.ts';
import { listSchema, textSchema } from '../../validate.ts';

const tokenSchema = z.int().nonnegative();
const mostParts = 1_000_000;
const mostPrompts = 128;

/** Texts and token ids, one after the other. */
const mixedSchema = listSchema(z.union([tokenSchema, textSchema]), mostParts);
export type MixedPrompt = z.infer<typeof mixedSchema>;

export const nativeCompletionSchema = z.object({
  ...generationFields,
  /** A text, a list of token ids and texts that stand for one prompt, or a list of such prompts. */
  prompt: z.union(
    [textSchema, mixedSchema, listSchema(z.union([textSchema, mixedSchema]), mostPrompts)],
    'expected a text, a list of token ids and texts, or a list of those',
  ),
  return_tokens: z.boolean().optional(),
  /** Names of the answer's members that are wanted; `a/b` is `b` of `a`. Empty: all. */
  response_fields: listSchema(textSchema.max(200), 200).optional(),
});
export type NativeCompletionBody = z.infer<typeof nativeCompletionSchema>;
