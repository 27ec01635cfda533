import type { SamplerStage } from '../../src/shared/domain/generation.ts';
import {
  neutralSamplerSettings,
  resolveSequenceBreakers,
  type SamplerSettings,
} from '../../src/main/decoding/sampling/index.ts';
import { breakerVocabulary } from './bigram-model.ts';

/** Sampling fields of llama-server's /completion. What is absent is off. */
export interface ServerFields {
  temperature?: number;
  dynatemp_range?: number;
  dynatemp_exponent?: number;
  top_k?: number;
  top_p?: number;
  min_p?: number;
  typical_p?: number;
  top_n_sigma?: number;
  xtc_probability?: number;
  xtc_threshold?: number;
  dry_multiplier?: number;
  dry_base?: number;
  dry_allowed_length?: number;
  dry_penalty_last_n?: number;
  dry_sequence_breakers?: string[];
  mirostat?: number;
  mirostat_tau?: number;
  mirostat_eta?: number;
  repeat_penalty?: number;
  repeat_last_n?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  logit_bias?: [number, number | false][];
  samplers?: SamplerStage[];
  min_keep?: number;
}

export interface SamplerCase {
  name: string;
  fields: ServerFields;
}

const defaults = { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05 };
const dry = { dry_multiplier: 0.8, dry_base: 1.75, dry_allowed_length: 2, dry_penalty_last_n: 64 };
const loopy = { temperature: 0.4 };

/** What is compared with llama-server, 200 positions each. */
export const samplerCases: readonly SamplerCase[] = [
  { name: 'nothing but the model', fields: {} },
  { name: 'default chain', fields: defaults },
  { name: 'greedy', fields: { ...defaults, temperature: 0 } },
  { name: 'temperature', fields: { temperature: 0.6 } },
  { name: 'temperature over 1', fields: { temperature: 1.7 } },
  { name: 'top_k', fields: { top_k: 7 } },
  { name: 'top_p', fields: { top_p: 0.7 } },
  { name: 'min_p', fields: { min_p: 0.1 } },
  { name: 'typical_p', fields: { typical_p: 0.6 } },
  { name: 'top_n_sigma', fields: { top_n_sigma: 1.2 } },
  { name: 'xtc', fields: { xtc_probability: 1, xtc_threshold: 0.05 } },
  { name: 'xtc now and then', fields: { ...defaults, xtc_probability: 0.5, xtc_threshold: 0.1 } },
  { name: 'dynamic temperature', fields: { temperature: 0.9, dynatemp_range: 0.6, dynatemp_exponent: 1.3 } },
  {
    name: 'dynamic temperature in the default chain',
    fields: { ...defaults, dynatemp_range: 0.8, dynatemp_exponent: 0.7 },
  },
  { name: 'repeat penalty', fields: { repeat_penalty: 1.4, repeat_last_n: 32 } },
  {
    name: 'frequency and presence penalty',
    fields: { frequency_penalty: 0.7, presence_penalty: 1.1, repeat_last_n: 20 },
  },
  {
    name: 'all penalties in the default chain',
    fields: { ...defaults, repeat_penalty: 1.2, frequency_penalty: 0.3, presence_penalty: 0.2, repeat_last_n: 64 },
  },
  { name: 'greedy with penalties', fields: { temperature: 0, repeat_penalty: 1.3, repeat_last_n: 50 } },
  { name: 'dry', fields: { ...loopy, ...dry } },
  { name: 'dry with breakers', fields: { ...loopy, ...dry, dry_sequence_breakers: ['a', 'th!', '\n'] } },
  { name: 'dry with a longer allowance, greedy', fields: { temperature: 0, ...dry, dry_allowed_length: 4 } },
  {
    name: 'logit bias',
    fields: {
      logit_bias: [
        [300, 4],
        [310, -6],
        [320, false],
        [400, 2.5],
      ],
    },
  },
  { name: 'mirostat 1', fields: { mirostat: 1, mirostat_tau: 3.5, mirostat_eta: 0.1, temperature: 1 } },
  { name: 'mirostat 1, low and fast', fields: { mirostat: 1, mirostat_tau: 2.5, mirostat_eta: 0.4, temperature: 0.9 } },
  { name: 'mirostat 2', fields: { mirostat: 2, mirostat_tau: 4, mirostat_eta: 0.1, temperature: 1 } },
  { name: 'mirostat 2, low and fast', fields: { mirostat: 2, mirostat_tau: 1.5, mirostat_eta: 0.5, temperature: 0.8 } },
  { name: 'temperature first', fields: { ...defaults, samplers: ['temperature', 'min_p', 'top_p', 'top_k'] } },
  {
    name: 'truncation before penalties',
    fields: { top_k: 30, repeat_penalty: 1.5, temperature: 0.8, samplers: ['top_k', 'penalties', 'temperature'] },
  },
  {
    name: 'typical_p in the middle',
    fields: { ...defaults, typical_p: 0.8, samplers: ['top_k', 'typ_p', 'min_p', 'temperature', 'top_p'] },
  },
  {
    name: 'sigma after top_k',
    fields: { top_k: 50, top_n_sigma: 1, temperature: 1.2, samplers: ['top_k', 'top_n_sigma', 'temperature'] },
  },
  { name: 'min_keep', fields: { top_p: 0.2, min_p: 0.5, temperature: 0.8, min_keep: 5 } },
];

/** The same in the sampler's own words. */
export function toSamplerSettings(fields: ServerFields, seed: number): SamplerSettings {
  const { temperature = 1, mirostat = 0, logit_bias = [], samplers, min_keep = 0 } = fields;
  const { dynatemp_range: range = 0, dynatemp_exponent: exponent = 1 } = fields;
  const { xtc_probability: probability = 0, xtc_threshold: threshold = 0.1 } = fields;
  return {
    ...neutralSamplerSettings,
    ...{ seed, temperature, minKeep: min_keep },
    dynamicTemperature: { range, exponent },
    topK: fields.top_k ?? 0,
    topP: fields.top_p ?? 1,
    minP: fields.min_p ?? 0,
    typicalP: fields.typical_p ?? 1,
    topNSigma: fields.top_n_sigma ?? 0,
    xtc: { probability, threshold },
    dry: toDry(fields),
    mirostat: mirostat === 1 || mirostat === 2 ? toMirostat(mirostat, fields) : false,
    penalties: {
      repeat: fields.repeat_penalty ?? 1,
      frequency: fields.frequency_penalty ?? 0,
      presence: fields.presence_penalty ?? 0,
      lastTokens: fields.repeat_last_n ?? 64,
    },
    logitBias: new Map(logit_bias.map(([token, value]) => [token, value === false ? -Infinity : value])),
    ...(samplers ? { order: samplers } : {}),
  };
}

function toDry(fields: ServerFields): SamplerSettings['dry'] {
  const { dry_multiplier: multiplier = 0, dry_base: base = 1.75, dry_allowed_length: allowedLength = 2 } = fields;
  const { dry_penalty_last_n: lastTokens = 64, dry_sequence_breakers = ['\n', ':', '"', '*'] } = fields;
  const sequenceBreakers = resolveSequenceBreakers(dry_sequence_breakers, breakerVocabulary);
  return { multiplier, base, allowedLength, lastTokens, sequenceBreakers };
}

function toMirostat(
  version: 1 | 2,
  { mirostat_tau: tau = 5, mirostat_eta: eta = 0.1 }: ServerFields,
): SamplerSettings['mirostat'] {
  return { version, tau, eta };
}

/** Everything off for llama-server; a case's fields replace what they name. */
export const neutralServerFields: ServerFields = {
  temperature: 1,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  top_n_sigma: -1,
  xtc_probability: 0,
  dynatemp_range: 0,
  dry_multiplier: 0,
  repeat_penalty: 1,
  repeat_last_n: 64,
  frequency_penalty: 0,
  presence_penalty: 0,
  mirostat: 0,
  min_keep: 0,
};
