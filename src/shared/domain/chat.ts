import { z } from 'zod';

/** A function the model may call, in JSON Schema, as the chat templates expect it. */
export const toolSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
export type Tool = z.infer<typeof toolSchema>;

export const toolCallSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** JSON text, exactly as the model wrote it. */
  arguments: z.string(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** One turn of a conversation, free of any dialect. `content` is text; other media come with their engines. */
export const chatMessageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  name: z.string().optional(),
  toolCalls: z.array(toolCallSchema).optional(),
  toolCallId: z.string().optional(),
  reasoning: z.string().optional(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;
