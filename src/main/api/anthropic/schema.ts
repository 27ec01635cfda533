import { z } from 'zod';
import { boundedJsonSchema } from '../bounded-json.ts';
import { samplingFields } from '../openai/sampling-fields.ts';
import { listSchema, modelNameSchema, textSchema } from '../validate.ts';
import { messagesSchema, systemSchema } from './block-fields.ts';
import { effortSchema, thinkingFields } from './thinking-fields.ts';
import { toolFields } from './tool-fields.ts';

const formatSchema = z.object({ type: z.literal('json_schema'), schema: boundedJsonSchema });

const promptFields = {
  ...toolFields,
  ...thinkingFields,
  model: modelNameSchema.optional(),
  messages: messagesSchema,
  system: systemSchema.optional(),
} as const;

export const countRequestSchema = z.object(promptFields);
export type CountRequest = z.infer<typeof countRequestSchema>;

export const messageRequestSchema = z.object({
  ...samplingFields,
  ...promptFields,
  /** Absent: whatever the context still holds. */
  max_tokens: z.int().min(0).optional(),
  stop_sequences: listSchema(textSchema.max(4_096), 128).optional(),
  stream: z.boolean().optional(),
  output_config: z.object({ effort: effortSchema.nullish(), format: formatSchema.nullish() }).optional(),
  /** The older place of the format. */
  output_format: formatSchema.optional(),
});
export type MessageRequest = z.infer<typeof messageRequestSchema>;
