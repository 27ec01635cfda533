import type { InstanceStats } from '../engine-port/index.ts';
import type { ModelScheduler } from './ports.ts';

export interface EngineFigures {
  loadedModels: number;
  decodeSteps: number;
  decodedTokens: number;
}

/** Sums over the models in memory; one that does not answer is left out. */
export async function readEngineFigures(scheduler: Pick<ModelScheduler, 'states' | 'peek'>): Promise<EngineFigures> {
  const loaded = [...scheduler.states()].filter(([, { state }]) => state === 'loaded');
  const stats = await Promise.allSettled(loaded.map(async ([id]) => scheduler.peek(id)?.stats()));
  const figures: EngineFigures = { loadedModels: loaded.length, decodeSteps: 0, decodedTokens: 0 };
  for (const result of stats) {
    if (result.status === 'rejected' || result.value === undefined) continue;
    figures.decodeSteps += result.value.steps;
    figures.decodedTokens += sumTokens(result.value);
  }
  return figures;
}

function sumTokens({ batchHistogram }: InstanceStats): number {
  return Object.entries(batchHistogram).reduce((sum, [tokens, calls]) => sum + Number(tokens) * calls, 0);
}
