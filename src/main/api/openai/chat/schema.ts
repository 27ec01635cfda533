import { z } from 'zod';
import { generationFields } from '../generation-fields.ts';
import { messagesSchema } from './message-fields.ts';
import { reasoningFields } from './reasoning-fields.ts';
import { toolFields } from './tool-fields.ts';

export const chatRequestSchema = z.object({
  ...generationFields,
  ...reasoningFields,
  ...toolFields,
  messages: messagesSchema,
  /** Goes before `max_tokens`. */
  max_completion_tokens: z.int().min(0).optional(),
  /** False: the template does not open the answer. Default: true. */
  add_generation_prompt: z.boolean().optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;
