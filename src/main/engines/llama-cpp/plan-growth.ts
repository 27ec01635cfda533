import type { ContextShape } from './context-driver.ts';

/** The free sequence that serves a request best. */
export interface GrowthChoice {
  /** Another conversation would lose what it holds there. */
  isTaken: boolean;
  /** It has room for far more than is needed and holds nothing of the prompt. */
  isOversized: boolean;
}

/** A request that wants a sequence, and what stands around it. */
export interface GrowthWish {
  /** Tokens it needs room for. */
  need: number;
  choice: GrowthChoice | undefined;
  /** Requests that want a sequence now, this one included. */
  waiting: number;
  /** Running requests whose sequence has a context of its own. */
  busyDeep: number;
}

export interface GrowthState {
  shelf: ContextShape;
  /** Sequences with a context of their own. */
  deepCount: number;
  /** Of these, the one nobody uses that was used longest ago. */
  idleDeep: number | undefined;
  /** What the shelf and any sequence may grow to. */
  limits: ContextShape;
  /** False: a state only fits a context with as many sequences. */
  isPortable: boolean;
  /** Whether the memory takes one more context; `freed`: of one that goes before. */
  canTake: (shape: ContextShape, freed?: number) => boolean;
}

export type GrowthPlan =
  /** Another shelf in place of this one. */
  | { type: 'shelf'; shape: ContextShape }
  /** A sequence with a context of its own; `drops`: an idle one that goes first. */
  | { type: 'deep'; shape: ContextShape; drops?: number };

/** Conversations that get a context of their own; with more of them at a time a shelf of long sequences computes less. */
const mostDeep = 2;
/** Room beyond the need, so that a conversation does not grow with every turn. */
const spareRoom = 1.25;
/** The library rounds up to so many tokens. */
const contextStep = 256;

/**
 * What to make for a request: a longer shelf, a sequence of its own, or nothing (undefined) because what there is serves
 * or nothing more fits.
 */
export function planGrowth(wish: GrowthWish, state: GrowthState): GrowthPlan | undefined {
  const { need, choice } = wish;
  const { shelf, limits } = state;
  if (need > limits.contextSize) return undefined;
  if (choice && !choice.isTaken && !choice.isOversized) return undefined;
  if (need <= shelf.contextSize) return planSequences(wish, state);
  return state.isPortable ? planDeep(wish, state) : planLonger(wish, state);
}

/** More sequences of the same length. */
function planSequences({ waiting }: GrowthWish, state: GrowthState): GrowthPlan | undefined {
  const { shelf, limits, isPortable, canTake } = state;
  const sequences = Math.min(limits.sequences, shelf.sequences + Math.max(1, waiting));
  const shape = { contextSize: shelf.contextSize, sequences };
  return isPortable && sequences > shelf.sequences && canTake(shape) ? { type: 'shelf', shape } : undefined;
}

function planDeep(wish: GrowthWish, state: GrowthState): GrowthPlan | undefined {
  const { deepCount, idleDeep, canTake } = state;
  if (wish.busyDeep >= mostDeep) return planLonger(wish, state);
  for (const contextSize of sizesFor(wish.need, state.limits)) {
    const shape = { contextSize, sequences: 1 };
    if (deepCount < mostDeep && canTake(shape)) return { type: 'deep', shape };
    if (idleDeep !== undefined && canTake(shape, idleDeep)) return { type: 'deep', shape, drops: idleDeep };
  }
  return undefined;
}

function planLonger({ need }: GrowthWish, { shelf, limits, canTake }: GrowthState): GrowthPlan | undefined {
  for (const contextSize of sizesFor(need, limits)) {
    const shape = { contextSize, sequences: shelf.sequences };
    if (canTake(shape)) return { type: 'shelf', shape };
  }
  return undefined;
}

/** With room to spare, else just enough. */
function sizesFor(need: number, { contextSize }: ContextShape): number[] {
  const round = (tokens: number): number => Math.min(contextSize, Math.ceil(tokens / contextStep) * contextStep);
  return [...new Set([round(need * spareRoom), round(need)])];
}
