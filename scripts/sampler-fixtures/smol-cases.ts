import type { SamplerCase } from './cases.ts';

export const smolPrompt = 'The old lighthouse keeper looked at the sea and';

export const smolTokens = 100;

/** Seeds and settings whose tokens on SmolLM2 are compared with llama-server's. */
export const smolCases: readonly (SamplerCase & { seed: number })[] = [
  { name: 'default chain', seed: 1, fields: { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05 } },
  { name: 'temperature alone', seed: 2, fields: { temperature: 1.1 } },
  { name: 'mirostat 2', seed: 3, fields: { mirostat: 2, mirostat_tau: 4, mirostat_eta: 0.2 } },
  {
    name: 'penalties and dry at the usual breakers',
    seed: 4,
    fields: {
      ...{ temperature: 0.3, top_k: 40, repeat_penalty: 1.1, presence_penalty: 0.3, repeat_last_n: 64 },
      ...{ dry_multiplier: 0.8, dry_base: 1.75, dry_allowed_length: 2, dry_penalty_last_n: 256 },
    },
  },
  {
    name: 'xtc now and then',
    seed: 5,
    fields: { temperature: 1, min_p: 0.02, xtc_probability: 0.5, xtc_threshold: 0.1 },
  },
  {
    name: 'typical_p with dynamic temperature',
    seed: 6,
    fields: { typical_p: 0.9, temperature: 0.9, dynatemp_range: 0.5 },
  },
  {
    name: 'an order of its own',
    seed: 0xffff_fffe,
    fields: { temperature: 1.3, top_p: 0.9, top_n_sigma: 1.5, samplers: ['temperature', 'top_n_sigma', 'top_p'] },
  },
];

/** What llama-server wrote; written by scripts/record-sampler-fixtures.ts. */
export interface SmolFixture {
  recordedWith: string;
  prompt: number[];
  /** The tokens of each answer, without the one that ended it. */
  cases: (SamplerCase & { seed: number; tokens: number[]; hasEnded: boolean })[];
}
