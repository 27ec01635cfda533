import type { SamplerStage } from '#shared/domain/generation.ts';
import type { Candidates } from './candidates.ts';
import { createLogitBias } from './logit-bias.ts';
import type { SamplerSettings } from './sampler-settings.ts';
import type { SamplingState } from './sampling-state.ts';
import { createDynamicTemperature, createTemperature, createXtc } from './temperature-stages.ts';
import {
  createMinP,
  createTopK,
  createTopNSigma,
  createTopP,
  createTypicalP,
  type SamplingStage,
} from './truncation-stages.ts';

/** What is done for each token, worked out once: stages that would change nothing are left out. */
export interface SamplingPlan {
  /** Change scores only, so they may run before a mask. */
  adjustments: SamplingStage[];
  stages: SamplingStage[];
  /** The highest score wins; no random number is drawn. */
  isGreedy: boolean;
}

type StageFactory = (settings: SamplerSettings, state: SamplingState) => SamplingStage | undefined;

const adjusting: ReadonlySet<SamplerStage> = new Set(['penalties', 'dry']);
/** These never remove the highest score, so a greedy choice does not need them. */
const harmlessToGreedy: ReadonlySet<SamplerStage> = new Set(['top_n_sigma', 'top_k', 'top_p', 'min_p']);

const factories: Readonly<Record<SamplerStage, StageFactory>> = {
  penalties: (_settings, { penalties }) => penalties && ((candidates) => candidates.adjust(penalties)),
  dry: (_settings, { dry }) =>
    dry &&
    ((candidates) => {
      dry.update();
      if (dry.count > 0) candidates.adjust(dry);
    }),
  top_n_sigma: ({ topNSigma }) => (topNSigma > 0 ? createTopNSigma(topNSigma) : undefined),
  top_k: ({ topK }) => (topK > 0 ? createTopK(topK) : undefined),
  typ_p: ({ typicalP, minKeep }) => (typicalP < 1 ? createTypicalP(typicalP, minKeep) : undefined),
  top_p: ({ topP, minKeep }) => (topP < 1 ? createTopP(topP, minKeep) : undefined),
  min_p: ({ minP, minKeep }) => (minP > 0 ? createMinP(minP, minKeep) : undefined),
  xtc: ({ xtc, minKeep }, { xtcDraws }) =>
    xtc && xtc.probability > 0 && xtc.threshold <= 0.5 ? createXtc({ ...xtc, minKeep }, xtcDraws) : undefined,
  temperature: ({ temperature, dynamicTemperature, mirostat }) => {
    if (!mirostat && dynamicTemperature && dynamicTemperature.range > 0) {
      return createDynamicTemperature({ temperature, ...dynamicTemperature });
    }
    return temperature === 1 ? undefined : createTemperature(temperature);
  },
};

/** The chain for these settings, acting on this state. */
export function createSamplingPlan(
  settings: SamplerSettings,
  state: SamplingState,
  vocabularySize: number,
): SamplingPlan {
  const bias = createLogitBias(settings.logitBias, vocabularySize);
  const adjustments: SamplingStage[] = bias ? [(candidates: Candidates) => candidates.adjust(bias)] : [];
  const { names, isGreedy } = simplify(settings);
  const stages: SamplingStage[] = [];
  for (const name of names) {
    const stage = factories[name](settings, state);
    if (stage === undefined) continue;
    if (adjusting.has(name) && stages.length === 0) adjustments.push(stage);
    else stages.push(stage);
  }
  return { adjustments, stages, isGreedy };
}

/** Mirostat replaces the chain; a greedy choice needs only what can change the highest score. */
function simplify({ order, temperature, dynamicTemperature, mirostat }: SamplerSettings): {
  names: SamplerStage[];
  isGreedy: boolean;
} {
  if (mirostat) return temperature <= 0 ? { names: [], isGreedy: true } : { names: ['temperature'], isGreedy: false };
  const end = order.indexOf('temperature');
  const isDynamic = dynamicTemperature !== false && dynamicTemperature.range > 0;
  if (temperature > 0 || end < 0 || isDynamic) return { names: [...order], isGreedy: false };
  return { names: order.slice(0, end).filter((name) => !harmlessToGreedy.has(name)), isGreedy: true };
}
