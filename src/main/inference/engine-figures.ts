import type { InstanceStats } from '../engine-port/index.ts';
import type { ModelScheduler } from './ports.ts';

export interface EngineFigures {
  loadedModels: number;
  decodeSteps: number;
  decodedTokens: number;
  /** Tokens that the contexts have room for, tokens they hold, and the worst of the models' p95 ratios. */
  allocatedTokens: number;
  usedTokens: number;
  allocatedToUsedP95: number;
}

/** Sums over the models in memory; one that does not answer is left out. */
export async function readEngineFigures(scheduler: Pick<ModelScheduler, 'states' | 'peek'>): Promise<EngineFigures> {
  const loaded = [...scheduler.states()].filter(([, { state }]) => state === 'loaded');
  const stats = await Promise.allSettled(loaded.map(async ([id]) => scheduler.peek(id)?.stats()));
  const figures: EngineFigures = {
    ...{ loadedModels: loaded.length, decodeSteps: 0, decodedTokens: 0 },
    ...{ allocatedTokens: 0, usedTokens: 0, allocatedToUsedP95: 0 },
  };
  for (const result of stats) {
    if (result.status === 'rejected' || result.value === undefined) continue;
    figures.decodeSteps += result.value.steps;
    figures.decodedTokens += sumTokens(result.value);
    addContext(figures, result.value);
  }
  return figures;
}

function addContext(figures: EngineFigures, { context }: InstanceStats): void {
  if (!context) return;
  figures.allocatedTokens += context.allocatedTokens;
  figures.usedTokens += context.usedTokens;
  figures.allocatedToUsedP95 = Math.max(figures.allocatedToUsedP95, context.allocatedToUsedP95 ?? 0);
}

function sumTokens({ batchHistogram }: InstanceStats): number {
  return Object.entries(batchHistogram).reduce((sum, [tokens, calls]) => sum + Number(tokens) * calls, 0);
}
