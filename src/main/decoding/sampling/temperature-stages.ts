import type { Candidates } from './candidates.ts';
import type { MersenneTwister } from './mersenne-twister.ts';
import { measureEntropy, type SamplingStage } from './truncation-stages.ts';

/** Below this, scores divided by it could leave single precision, and the highest wins anyway. */
const coldest = 1e-30;

/** Divides every score; 0 or less keeps only the highest. */
export function createTemperature(temperature: number): SamplingStage {
  return (candidates) => applyTemperature(candidates, temperature);
}

function applyTemperature(candidates: Candidates, temperature: number): void {
  if (temperature < coldest) candidates.keepOnly(candidates.findGreatest());
  else candidates.divideScores(temperature);
}

export interface DynamicTemperature {
  temperature: number;
  range: number;
  exponent: number;
}

/** A temperature that rises with the entropy of the candidates, from temperature - range to temperature + range. */
export function createDynamicTemperature({ temperature, range, exponent }: DynamicTemperature): SamplingStage {
  const lowest = Math.max(0, temperature - range);
  const highest = temperature + range;
  return (candidates) => {
    if (candidates.count <= 1) return;
    candidates.sort();
    const share = measureEntropy(candidates, candidates.computeProbabilities()) / Math.log(candidates.count);
    applyTemperature(candidates, lowest + (highest - lowest) * share ** exponent);
  };
}

export interface Xtc {
  probability: number;
  threshold: number;
  minKeep: number;
}

/** "Exclude top choices": with this probability, of all candidates over the threshold only the least probable stays. */
export function createXtc({ probability, threshold, minKeep }: Xtc, draws: MersenneTwister): SamplingStage {
  return (candidates) => {
    if (candidates.count < 2 || draws.nextFloat() > probability) return;
    candidates.sort();
    candidates.computeProbabilities();
    let over = 0;
    while (over < candidates.count && candidates.probabilityAt(over) >= threshold) over++;
    const dropped = over - 1;
    if (dropped > 0 && candidates.count - dropped >= minKeep) candidates.dropFirst(dropped);
  };
}
