import type { InstanceStats } from '../../engine-port/index.ts';

/** Requests whose size is remembered. */
const remembered = 64;
/** How much of them counts as usual. */
const usualPart = 0.75;
/** Steps are counted by their ratio in tenths, up to this. */
const mostTenths = 500;

type ContextStats = NonNullable<InstanceStats['context']>;

/** How much of the room for key/value state is in use, step by step, and what requests usually need. */
export class ContextUse {
  /** Index: allocated to used in tenths; value: steps. */
  readonly #steps = new Float64Array(mostTenths + 1);
  readonly #sizes: number[] = [];
  readonly #neighbours: number[] = [];

  /** One step was computed. */
  observe({ allocatedTokens, usedTokens }: { allocatedTokens: number; usedTokens: number }): void {
    const tenths = Math.ceil((10 * allocatedTokens) / Math.max(1, usedTokens));
    const index = Math.min(mostTenths, tenths);
    this.#steps[index] = (this.#steps[index] ?? 0) + 1;
  }

  /** A request is over: its tokens, and how many requests ran when it began. */
  noteRequest({ tokens, running }: { tokens: number; running: number }): void {
    push(this.#sizes, tokens);
    push(this.#neighbours, running);
  }

  toStats(now: { allocatedTokens: number; usedTokens: number; growths: number }): ContextStats {
    return {
      ...now,
      allocatedToUsedP95: this.#percentile(0.95),
      usualTokens: usualOf(this.#sizes),
      usualSequences: usualOf(this.#neighbours),
    };
  }

  /** Of all steps this part had at most so many tokens allocated for each one in use; null before the first step. */
  #percentile(part: number): number | null {
    const total = this.#steps.reduce((sum, steps) => sum + steps, 0);
    if (total === 0) return null;
    let seen = 0;
    const index = this.#steps.findIndex((steps) => (seen += steps) >= part * total);
    return index / 10;
  }
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > remembered) values.shift();
}

/** 0 where nothing is known. */
function usualOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil(usualPart * sorted.length) - 1] ?? 0;
}
