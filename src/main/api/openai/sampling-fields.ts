import { z } from 'zod';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { listSchema, textSchema } from '../validate.ts';
import { logitBiasSchema } from './logit-bias.ts';
import { samplersSchema } from './sampler-names.ts';
import { withoutUndefined } from '../without-undefined.ts';

const maxSeed = 0xffff_ffff;
const share = z.number().min(0).max(1).optional();
const upTo = (largest: number) => z.number().min(0).max(largest).optional();
/** How many of the last tokens are looked at: 0 is off, -1 the whole context. */
const lastTokens = z.int().min(-1).max(1_000_000).optional();
/** 1 is off; 0 would divide by nothing. */
const repeatPenalty = z.number().gt(0).max(100).optional();

/** How tokens are chosen: OpenAI's fields and llama-server's, in their wire names and bounds. */
export const samplingFields = {
  /** -1 is random; beyond 32 bits the low ones count. */
  seed: z.int().min(-1).optional(),
  temperature: upTo(2),
  dynatemp_range: upTo(100),
  dynatemp_exponent: upTo(100),
  /** 0 is off. */
  top_k: z.int().min(0).max(1_000_000).optional(),
  top_p: share,
  min_p: share,
  typical_p: share,
  /** 0 and less are off. */
  top_n_sigma: z.number().min(-1).max(1_000).optional(),
  xtc_probability: share,
  xtc_threshold: share,
  min_keep: z.int().min(0).max(1_000_000).optional(),
  repeat_penalty: repeatPenalty,
  repetition_penalty: repeatPenalty,
  repeat_last_n: lastTokens,
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  dry_multiplier: upTo(100),
  dry_base: upTo(100),
  dry_allowed_length: z.int().min(0).max(1_000_000).optional(),
  dry_penalty_last_n: lastTokens,
  dry_sequence_breakers: listSchema(textSchema.min(1).max(256), 64)
    .refine((breakers) => breakers.length > 0, 'it is empty')
    .optional(),
  mirostat: z.literal([0, 1, 2]).optional(),
  mirostat_tau: upTo(1_000),
  mirostat_eta: upTo(1_000),
  samplers: samplersSchema.optional(),
  logit_bias: logitBiasSchema.optional(),
} as const;

type SamplingFields = z.infer<z.ZodObject<typeof samplingFields>>;

export function decodeSampling(fields: SamplingFields): GenerationRequest['sampling'] {
  return withoutUndefined({
    temperature: fields.temperature,
    dynamicTemperatureRange: fields.dynatemp_range,
    dynamicTemperatureExponent: fields.dynatemp_exponent,
    topK: fields.top_k,
    topP: fields.top_p,
    minP: fields.min_p,
    typicalP: fields.typical_p,
    topNSigma: fields.top_n_sigma !== undefined && fields.top_n_sigma <= 0 ? -1 : fields.top_n_sigma,
    xtcProbability: fields.xtc_probability,
    xtcThreshold: fields.xtc_threshold,
    minKeep: fields.min_keep,
    repeatPenalty: fields.repeat_penalty ?? fields.repetition_penalty,
    repeatLastN: fields.repeat_last_n,
    frequencyPenalty: fields.frequency_penalty,
    presencePenalty: fields.presence_penalty,
    dryMultiplier: fields.dry_multiplier,
    dryBase: fields.dry_base,
    dryAllowedLength: fields.dry_allowed_length,
    dryPenaltyLastN: fields.dry_penalty_last_n,
    drySequenceBreakers: fields.dry_sequence_breakers,
    mirostat: fields.mirostat,
    mirostatTau: fields.mirostat_tau,
    mirostatEta: fields.mirostat_eta,
    stages: fields.samplers,
    logitBias: fields.logit_bias,
    seed: fields.seed === undefined || fields.seed === -1 ? undefined : fields.seed % (maxSeed + 1),
  });
}

/** The seed of one of several choices: the same request gives the same choices, which differ from each other. */
export function toChoiceRequest(request: GenerationRequest, choice: number): GenerationRequest {
  const { seed } = request.sampling;
  if (choice === 0 || seed === undefined) return request;
  return { ...request, sampling: { ...request.sampling, seed: (seed + choice) % (maxSeed + 1) } };
}
