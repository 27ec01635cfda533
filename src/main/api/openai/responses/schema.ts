import { z } from 'zod';
import { listSchema, modelNameSchema, textSchema } from '../../validate.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { samplingFields } from '../sampling-fields.ts';
import { itemsSchema } from './item-fields.ts';
import { toolFields } from './tool-fields.ts';

const effortSchema = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
const summarySchema = z.enum(['auto', 'concise', 'detailed']);

const formatSchema = z.object({
  type: z.enum(['text', 'json_object', 'json_schema']),
  name: z.string().nullish(),
  description: z.string().nullish(),
  /** Makes no difference: a schema is always enforced. */
  strict: z.boolean().nullish(),
  schema: boundedJsonSchema.nullish(),
});

export const inputRequestSchema = z.object({
  model: modelNameSchema.optional(),
  input: z.union([textSchema, itemsSchema]).optional(),
  instructions: textSchema.optional(),
  previous_response_id: textSchema.max(256).optional(),
  tools: toolFields.tools,
  tool_choice: toolFields.tool_choice,
  reasoning: z
    .object({
      effort: effortSchema.nullish(),
      summary: summarySchema.nullish(),
      /** The older name of `summary`. */
      generate_summary: summarySchema.nullish(),
    })
    .optional(),
});
export type InputRequest = z.infer<typeof inputRequestSchema>;

export const responseRequestSchema = z.object({
  ...samplingFields,
  ...inputRequestSchema.shape,
  parallel_tool_calls: toolFields.parallel_tool_calls,
  max_output_tokens: z.int().min(0).optional(),
  text: z.object({ format: formatSchema.nullish(), verbosity: z.string().nullish() }).optional(),
  stream: z.boolean().optional(),
  store: z.boolean().optional(),
  include: listSchema(z.string(), 100).optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  metadata: z.record(z.string().max(64), textSchema.max(512)).optional(),
});
export type ResponseRequest = z.infer<typeof responseRequestSchema>;
