import { z } from 'zod';
import { listSchema, textSchema } from '../../validate.ts';
import { generationFields, maxChoices } from '../generation-fields.ts';

/** Choices of one request, prompts times `n`. */
export const maxTotalChoices = 128;
const maxTokens = 1_000_000;

const tokenListSchema = listSchema(z.int().nonnegative(), maxTokens);

export const completionRequestSchema = z.object({
  ...generationFields,
  prompt: z.union(
    [
      textSchema,
      tokenListSchema,
      listSchema(textSchema, maxTotalChoices),
      listSchema(tokenListSchema, maxTotalChoices),
    ],
    'expected a text, a list of texts, a list of token ids or a list of those',
  ),
  /** What comes after the text that is wanted; the model has to know how to fill a gap. */
  suffix: textSchema.optional(),
  echo: z.boolean().optional(),
  /** Choices generated per prompt, of which the `n` likeliest are returned. */
  best_of: z.int().min(1).max(maxChoices).optional(),
  /** How many of the likeliest tokens to report; some clients send true and false as in a chat. */
  logprobs: z.union([z.int().min(0).max(20), z.boolean()], 'expected a number from 0 to 20').optional(),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;
