import { z } from 'zod';
import { listSchema, textSchema } from '../../validate.ts';
import { samplingFields } from '../sampling-fields.ts';

/** Choices of one request, prompts times `n`. */
export const maxTotalChoices = 128;
const maxTokens = 1_000_000;

const tokenListSchema = listSchema(z.int().nonnegative(), maxTokens);

export const completionRequestSchema = z.object({
  ...samplingFields,
  prompt: z.union(
    [
      textSchema,
      tokenListSchema,
      listSchema(textSchema, maxTotalChoices),
      listSchema(tokenListSchema, maxTotalChoices),
    ],
    'expected a text, a list of texts, a list of token ids or a list of those',
  ),
  echo: z.boolean().optional(),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;
