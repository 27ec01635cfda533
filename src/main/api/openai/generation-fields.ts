import { z } from 'zod';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { listSchema, modelNameSchema, textSchema } from '../validate.ts';
import { keepAliveSchema } from '../keep-alive.ts';
import { decodeOutput, outputFields } from './output-fields.ts';
import { decodeSampling, samplingFields } from './sampling-fields.ts';
import type { ExtraWishes } from './stream-extras.ts';
import { withoutUndefined } from '../without-undefined.ts';

const maxStops = 128;

/** Choices per prompt. */
export const maxChoices = 8;

/** Fields of both generating endpoints, in their wire names and bounds. */
export const generationFields = {
  ...samplingFields,
  ...outputFields,
  model: modelNameSchema.optional(),
  stream: z.boolean().optional(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .optional(),
  n: z.int().min(1).max(maxChoices).optional(),
  /** llama-server's name of `n`. */
  n_cmpl: z.int().min(1).max(maxChoices).optional(),
  stop: z.union([textSchema, listSchema(textSchema.max(4_096), maxStops)]).optional(),
  max_tokens: z.int().min(0).optional(),
  /** -1: no limit but the context. */
  n_predict: z.int().min(-1).optional(),
  ignore_eos: z.boolean().optional(),
  /** llama-server's way to ask for probabilities; 0 is none. */
  n_probs: z.int().min(0).max(1_000).optional(),
  return_progress: z.boolean().optional(),
  timings_per_token: z.boolean().optional(),
  keep_alive: keepAliveSchema.optional(),
  /** llama-server's choice of LoRA adapters; those that are not named do not act. */
  lora: listSchema(z.object({ id: z.int().min(0), scale: z.number().min(-100).max(100) }), 64).optional(),
  /** Seconds. */
  ttl: z.number().min(0).max(31_536_000).optional(),
} as const;

export type GenerationFields = z.infer<z.ZodObject<typeof generationFields>>;

/**
 * Everything of the neutral request but the prompt; `maxTokens` is the dialect's own limit, which goes first. Throws
 * `invalid-request` when two fields contradict each other.
 */
export function decodeGenerationFields(
  fields: GenerationFields,
  maxTokens: number | undefined,
): Omit<GenerationRequest, 'prompt'> {
  const limit = maxTokens ?? fields.max_tokens ?? (fields.n_predict === -1 ? undefined : fields.n_predict);
  const keepAliveMs = fields.keep_alive ?? (fields.ttl === undefined ? undefined : Math.round(fields.ttl * 1000));
  return withoutUndefined({
    model: fields.model,
    sampling: decodeSampling(fields),
    maxTokens: limit,
    stops: toStops(fields.stop),
    ignoreEndOfGeneration: fields.ignore_eos,
    output: decodeOutput(fields),
    tokenProbabilities: fields.n_probs === 0 ? undefined : fields.n_probs,
    // An empty list says nothing, as in llama-server.
    adapters: fields.lora?.length === 0 ? undefined : fields.lora,
    keepAliveMs,
  });
}

/** Choices to return per prompt. */
export function decodeCount({ n, n_cmpl }: GenerationFields): number {
  return n ?? n_cmpl ?? 1;
}

function toStops(stop: GenerationFields['stop']): string[] {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  return stops.filter((text) => text !== '');
}

/** llama-server's additions to a stream; undefined when none is asked for. */
export function decodeExtras({ return_progress, timings_per_token }: GenerationFields): ExtraWishes | undefined {
  if (return_progress !== true && timings_per_token !== true) return undefined;
  return { withProgress: return_progress === true, withTimings: timings_per_token === true };
}

/** Names of what makes no difference: all that is about streams when none is asked for, and unknown stream options. */
export function findIdleFields(fields: GenerationFields): string[] {
  const { stream, stream_options = {} } = fields;
  if (stream !== true) {
    return (['stream_options', 'return_progress', 'timings_per_token'] as const).filter(
      (name) => fields[name] !== undefined && fields[name] !== false,
    );
  }
  return Object.entries(stream_options)
    .filter(([name, value]) => name !== 'include_usage' && value !== null && value !== undefined)
    .filter(([name, value]) => name !== 'include_obfuscation' || value !== false)
    .map(([name]) => `stream_options.${name}`);
}
