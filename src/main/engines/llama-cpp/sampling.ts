import { randomInt } from 'node:crypto';
import type { Sampling } from '#shared/domain/generation.ts';
import type { SamplerConfig } from './batch-driver.ts';

/** llama.cpp takes this seed as "draw one yourself"; another fixed number stands for it, so that it repeats too. */
const librarysRandomSeed = 0xffff_ffff;
const seedStandIn = 0x9e37_79b9;

/** The request's seed, or a random 32-bit one. The library's own default would be the clock's second. */
export function resolveSeed(sampling: Pick<Sampling, 'seed'>): number {
  return sampling.seed ?? randomInt(2 ** 32);
}

export interface SamplerInput {
  sampling: Sampling;
  seed: number;
  prompt: Uint32Array;
  contextSize: number;
}

/** The native chain for a request: only the stages that change something. */
export function toSamplerConfig({ sampling, seed, prompt, contextSize }: SamplerInput): SamplerConfig {
  const { temperature, topK, topP, minP } = sampling;
  const penalties = toPenalties(sampling, prompt, contextSize);
  return {
    temperature,
    seed: seed === librarysRandomSeed ? seedStandIn : seed,
    ...(topK > 0 ? { topK } : {}),
    ...(topP < 1 ? { topP } : {}),
    ...(minP > 0 ? { minP } : {}),
    ...(penalties === undefined ? {} : { penalties }),
  };
}

function toPenalties(sampling: Sampling, prompt: Uint32Array, contextSize: number): SamplerConfig['penalties'] {
  const { repeatPenalty, frequencyPenalty, presencePenalty, repeatLastN } = sampling;
  const lastTokens = repeatLastN < 0 ? contextSize : Math.min(repeatLastN, contextSize);
  const isNeutral = repeatPenalty === 1 && frequencyPenalty === 0 && presencePenalty === 0;
  if (isNeutral || lastTokens === 0) return undefined;
  return {
    repeat: repeatPenalty,
    frequency: frequencyPenalty,
    presence: presencePenalty,
    lastTokens,
    history: prompt.slice(-lastTokens),
  };
}
