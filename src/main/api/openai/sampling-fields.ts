import { z } from 'zod';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { listSchema, modelNameSchema, textSchema } from '../validate.ts';

const maxStops = 128;
const maxSeed = 0xffff_ffff;

/** Choices per prompt. */
const maxChoices = 8;

const keepAlivePattern = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const maxKeepAliveMs = 365 * 24 * unitMs.h;

/** Seconds, or a number with a unit (`5m`); negative keeps the model for ever. */
const keepAliveSchema = z
  .union([z.number(), z.string().regex(keepAlivePattern, 'expected seconds or a text such as "5m"')])
  .transform((value) => toKeepAliveMs(value))
  .refine((milliseconds) => milliseconds <= maxKeepAliveMs, 'it is longer than a year');

function toKeepAliveMs(value: number | string): number {
  if (typeof value === 'number') return value < 0 ? -1 : Math.round(value * 1000);
  const [, amount, unit] = keepAlivePattern.exec(value) ?? [];
  const milliseconds = Number(amount) * unitMs[(unit ?? 's') as keyof typeof unitMs];
  return milliseconds < 0 ? -1 : Math.round(milliseconds);
}

/** Fields of both generating endpoints, in their wire names and bounds. */
export const samplingFields = {
  model: modelNameSchema.optional(),
  stream: z.boolean().optional(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).optional(),
  n: z.int().min(1).max(maxChoices).optional(),
  stop: z.union([textSchema, listSchema(textSchema.max(4_096), maxStops)]).optional(),
  /** -1 is random; beyond 32 bits the low ones count. */
  seed: z.int().min(-1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).max(1_000_000).optional(),
  min_p: z.number().min(0).max(1).optional(),
  repeat_penalty: z.number().min(0).max(100).optional(),
  repetition_penalty: z.number().min(0).max(100).optional(),
  repeat_last_n: z.int().min(-1).max(1_000_000).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  max_tokens: z.int().min(0).optional(),
  n_predict: z.int().min(-1).optional(),
  ignore_eos: z.boolean().optional(),
  keep_alive: keepAliveSchema.optional(),
  /** Seconds. */
  ttl: z.number().min(0).max(31_536_000).optional(),
} as const;

export type SamplingFields = z.infer<z.ZodObject<typeof samplingFields>>;

type SharedRequest = Omit<GenerationRequest, 'prompt'>;

/** Everything of the neutral request but the prompt. */
export function decodeSamplingFields(fields: SamplingFields, maxTokens: number | undefined): SharedRequest {
  const limit = maxTokens ?? fields.max_tokens ?? (fields.n_predict === -1 ? undefined : fields.n_predict);
  const keepAliveMs = fields.keep_alive ?? (fields.ttl === undefined ? undefined : Math.round(fields.ttl * 1000));
  return withoutUndefined({
    model: fields.model,
    sampling: withoutUndefined({
      temperature: fields.temperature,
      topK: fields.top_k,
      topP: fields.top_p,
      minP: fields.min_p,
      repeatPenalty: fields.repeat_penalty ?? fields.repetition_penalty,
      repeatLastN: fields.repeat_last_n,
      frequencyPenalty: fields.frequency_penalty,
      presencePenalty: fields.presence_penalty,
      seed: fields.seed === undefined || fields.seed === -1 ? undefined : fields.seed % (maxSeed + 1),
    }),
    maxTokens: limit,
    stops: toStops(fields.stop),
    ignoreEndOfGeneration: fields.ignore_eos,
    keepAliveMs,
  });
}

function toStops(stop: SamplingFields['stop']): string[] {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  return stops.filter((text) => text !== '');
}

/** The seed of one of several choices: the same request gives the same choices, which differ from each other. */
export function toChoiceRequest(request: GenerationRequest, choice: number): GenerationRequest {
  const { seed } = request.sampling;
  if (choice === 0 || seed === undefined) return request;
  return { ...request, sampling: { ...request.sampling, seed: (seed + choice) % (maxSeed + 1) } };
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Drops what is undefined, so that absent means absent. */
function withoutUndefined<Value extends object>(value: Value): Partial<Defined<Value>> & Value {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as never;
}
