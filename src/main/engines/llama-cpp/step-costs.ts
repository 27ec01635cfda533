/** A step that was computed. */
export interface MeasuredStep {
  tokens: number;
  threads: number;
  durationMs: number;
}

interface LearnedCost {
  threads: number;
  /** Middle of the range of sizes that share this cost. */
  tokens: number;
  /** Duration of a step of `tokens` tokens. */
  durationMs: number;
}

/** Weight of the newest step in a running mean: close to the minimum, yet it follows a growing context. */
const fallWeight = 0.3;
const riseWeight = 0.05;
/** Most that one step can exceed the mean: a slow step is news, not the new normal. */
const riseLimit = 2;
/** Sizes within a factor of the square root of two share a cost. */
const rangesPerDoubling = 2;

/** What a step of one kind costs, learned by size and number of threads. */
export class StepCosts {
  #costs = new Map<string, LearnedCost>();

  learn({ tokens, threads, durationMs }: MeasuredStep): void {
    const range = Math.round(rangesPerDoubling * Math.log2(tokens));
    const middle = 2 ** (range / rangesPerDoubling);
    const normalMs = durationMs * (middle / tokens);
    const key = `${threads}/${range}`;
    const known = this.#costs.get(key);
    if (known) known.durationMs = mean(known.durationMs, normalMs);
    else this.#costs.set(key, { threads, tokens: middle, durationMs: normalMs });
  }

  /** True when a step with that many threads was seen. */
  knows(threads: number): boolean {
    return Array.from(this.#costs.values()).some((cost) => cost.threads === threads);
  }

  /**
   * What a healthy step takes at most, in ms: more tokens cost no more than in proportion, more threads never make it
   * slower, fewer no slower than in proportion. Undefined while nothing is known.
   */
  expected(tokens: number, threads: number): number | undefined {
    let least: number | undefined;
    for (const cost of this.#costs.values()) {
      const bound = cost.durationMs * Math.max(1, tokens / cost.tokens) * Math.max(1, cost.threads / threads);
      least = Math.min(least ?? bound, bound);
    }
    return least;
  }

  /** What steps with exactly that many threads took of late, in ms; undefined when none were seen. */
  recent(tokens: number, threads: number): number | undefined {
    let least: number | undefined;
    for (const cost of this.#costs.values()) {
      if (cost.threads !== threads) continue;
      const bound = cost.durationMs * Math.max(1, tokens / cost.tokens);
      least = Math.min(least ?? bound, bound);
    }
    return least;
  }

  forget(): void {
    this.#costs = new Map();
  }
}

function mean(old: number, newest: number): number {
  if (newest < old) return old + fallWeight * (newest - old);
  return old + riseWeight * (Math.min(newest, riseLimit * old) - old);
}
