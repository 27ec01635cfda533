import { DryPenalty } from './dry-penalty.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import { Mirostat } from './mirostat.ts';
import { RepetitionPenalties } from './repetition-penalties.ts';
import type { SamplerSettings } from './sampler-settings.ts';

/** Everything a sequence's sampler remembers between two tokens. */
export interface SamplingState {
  readonly draws: MersenneTwister;
  /** XTC draws from a generator of its own, with the same seed. */
  readonly xtcDraws: MersenneTwister;
  readonly penalties: RepetitionPenalties | undefined;
  readonly dry: DryPenalty | undefined;
  readonly mirostat: Mirostat | undefined;
  /** No token older than this has an effect. */
  readonly rememberedTokens: number;
  clone(): SamplingState;
}

/** The state before the first token; only what the settings use has one. */
export function createSamplingState(settings: SamplerSettings): SamplingState {
  const { seed, penalties, dry, mirostat } = settings;
  const draws = new MersenneTwister(seed);
  return toState({
    draws,
    xtcDraws: draws.clone(),
    penalties: penalties && !RepetitionPenalties.isNeutral(penalties) ? new RepetitionPenalties(penalties) : undefined,
    dry: dry && !DryPenalty.isNeutral(dry) ? new DryPenalty(dry) : undefined,
    mirostat: mirostat ? new Mirostat(mirostat) : undefined,
    rememberedTokens: Math.max(countRemembered(penalties), countRemembered(dry)),
  });
}

function countRemembered(settings: false | { lastTokens: number }): number {
  if (settings === false) return 0;
  return settings.lastTokens < 0 ? Infinity : settings.lastTokens;
}

function toState(parts: Omit<SamplingState, 'clone'>): SamplingState {
  const { draws, xtcDraws, penalties, dry, mirostat, rememberedTokens } = parts;
  return {
    ...parts,
    clone: () =>
      toState({
        draws: draws.clone(),
        xtcDraws: xtcDraws.clone(),
        penalties: penalties?.clone(),
        dry: dry?.clone(),
        mirostat: mirostat?.clone(),
        rememberedTokens,
      }),
  };
}
