import { z } from 'zod';
import { toolFields } from '../../openai/chat/tool-fields.ts';
import { answerFields } from '../answer-fields.ts';
import { messagesSchema } from './message-fields.ts';

export const ollamaChatSchema = z.object({
  ...answerFields,
  /** None: the model is only loaded, or freed. */
  messages: messagesSchema.optional(),
  tools: toolFields.tools,
  /** Not Ollama's own, but Cline sends it. */
  tool_choice: toolFields.tool_choice,
});
export type OllamaChatRequest = z.infer<typeof ollamaChatSchema>;
