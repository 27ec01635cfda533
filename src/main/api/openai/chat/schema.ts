import { z } from 'zod';
import { listSchema, textSchema } from '../../validate.ts';
import { samplingFields } from '../sampling-fields.ts';

/** One piece of a message; only text is understood so far, the rest is refused by name in `decode.ts`. */
const partSchema = z.object({
  type: z.string(),
  text: textSchema.nullish(),
  refusal: textSchema.nullish(),
});
export type MessagePart = z.infer<typeof partSchema>;

const functionCallSchema = z.object({
  name: z.string().min(1),
  /** JSON text; some clients send the object itself. */
  arguments: z.union([textSchema, z.record(z.string(), z.unknown())]).nullish(),
});

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([textSchema, listSchema(partSchema, 10_000)]).nullish(),
  name: z.string().max(256).nullish(),
  refusal: textSchema.nullish(),
  tool_calls: listSchema(z.object({ id: z.string().nullish(), function: functionCallSchema }), 1_000).nullish(),
  function_call: functionCallSchema.nullish(),
  tool_call_id: z.string().nullish(),
  reasoning_content: textSchema.nullish(),
  reasoning: textSchema.nullish(),
});
export type WireMessage = z.infer<typeof messageSchema>;

/** Keys of a message that are read; others are reported as ignored. */
export const messageKeys: ReadonlySet<string> = new Set(Object.keys(messageSchema.shape));

const toolSchema = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().min(1).max(256),
    description: textSchema.nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

export const chatRequestSchema = z.object({
  ...samplingFields,
  messages: listSchema(messageSchema, 100_000).refine((messages) => messages.length > 0, 'it is empty'),
  max_completion_tokens: z.int().min(0).optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  tools: listSchema(toolSchema, 1_000).optional(),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]).optional(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;
