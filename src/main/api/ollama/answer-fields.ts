import { z } from 'zod';
import type { GenerationRequest, OutputFormat, ReasoningOptions } from '#shared/domain/generation.ts';
import { boundedJsonSchema } from '../bounded-json.ts';
import { keepAliveSchema } from '../keep-alive.ts';
import { listSchema, textSchema } from '../validate.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { modelFieldSchema } from './model-field.ts';
import { decodeOptions } from './options.ts';

/** Fields of chat and generate, in their wire names and bounds. */
export const answerFields = {
  model: modelFieldSchema,
  /** Default: true. */
  stream: z.boolean().optional(),
  format: z
    .union([z.enum(['json', '']), boundedJsonSchema, z.boolean()], 'expected "json" or a JSON Schema')
    .optional(),
  options: boundedJsonSchema.optional(),
  think: z
    .union(
      [z.boolean(), z.enum(['low', 'medium', 'high', 'max'])],
      'expected true, false, "low", "medium", "high" or "max"',
    )
    .optional(),
  keep_alive: keepAliveSchema.optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  _debug_render_only: z.boolean().optional(),
} as const;

export type AnswerFields = z.infer<z.ZodObject<typeof answerFields>>;

export interface DecodedAnswer {
  request: Omit<GenerationRequest, 'prompt' | 'model'>;
  ignored: string[];
  /** What was not taken as it was sent. */
  applied: string[];
}

/** Everything of the neutral request but model and prompt. Errors: those of `options`. */
export function decodeAnswerFields(fields: AnswerFields): DecodedAnswer {
  const { generation, minimumContextSize, ignored } = decodeOptions(fields.options);
  return {
    request: {
      ...generation,
      ...withoutUndefined({
        output: decodeFormat(fields.format),
        reasoning: decodeThink(fields.think),
        tokenProbabilities: fields.logprobs === true ? (fields.top_logprobs ?? 0) : undefined,
        keepAliveMs: fields.keep_alive,
        minimumContextSize,
      }),
    },
    ignored: [...ignored, ...(fields.logprobs !== true && (fields.top_logprobs ?? 0) > 0 ? ['top_logprobs'] : [])],
    applied: fields.think === 'max' ? [`think=${mostEffort}`] : [],
  };
}

function decodeFormat(format: AnswerFields['format']): OutputFormat | undefined {
  if (format === undefined || format === '') return undefined;
  return format === 'json' ? { type: 'json-object' } : { type: 'json-schema', schema: format };
}

/** Templates know no more. */
const mostEffort = 'xhigh';

function decodeThink(think: AnswerFields['think']): ReasoningOptions | undefined {
  if (think === undefined) return undefined;
  if (typeof think === 'boolean') return { isEnabled: think };
  return { isEnabled: true, effort: think === 'max' ? mostEffort : think };
}

/** Pictures in base64. */
export const imagesSchema = listSchema(textSchema, 1_000);
