/** What a step has to compute. */
export interface StepShape {
  /** Tokens in its batch. */
  tokens: number;
  /** Tokens that its longest sequence holds: every token of the batch looks at them. */
  heldTokens: number;
}

interface LearnedCost {
  threads: number;
  shape: StepShape;
  /** Mean duration of a step of that shape. */
  durationMs: number;
}

/** Weight of the newest step in a running mean: close to the minimum, yet it follows what lasts. */
const fallWeight = 0.3;
const riseWeight = 0.05;
/** Most that one step can exceed the mean: a slow step is news, not the new normal. */
const riseLimit = 2;
/** Batches within a factor of the square root of two share a cost. */
const rangesPerDoubling = 2;
/** Shorter contexts share a cost, longer ones within a factor of two do. */
const shortContext = 1024;

/** What a step of one kind costs, learned by its shape and the number of threads. */
export class StepCosts {
  #costs = new Map<string, LearnedCost>();

  learn(step: StepShape & { threads: number; durationMs: number }): void {
    const { threads, tokens } = step;
    const shape = toRange(step);
    const durationMs = step.durationMs * (shape.tokens / tokens);
    const key = `${threads}/${shape.tokens}/${shape.heldTokens}`;
    const known = this.#costs.get(key);
    if (known) known.durationMs = mean(known.durationMs, durationMs);
    else this.#costs.set(key, { threads, shape, durationMs });
  }

  /** True when a step with that many threads was seen. */
  knows(threads: number): boolean {
    return Array.from(this.#costs.values()).some((cost) => cost.threads === threads);
  }

  /**
   * What a healthy step takes at most, in ms: more tokens cost no more than in proportion, more threads never make it
   * slower, fewer no slower than in proportion. Undefined while nothing is known.
   */
  expected(shape: StepShape, threads: number): number | undefined {
    return this.#least(shape, ({ threads: known }) => Math.max(1, known / threads));
  }

  /** What steps with exactly that many threads took of late, in ms; undefined when none were seen. */
  recent(shape: StepShape, threads: number): number | undefined {
    return this.#least(shape, ({ threads: known }) => (known === threads ? 1 : undefined));
  }

  forget(): void {
    this.#costs = new Map();
  }

  #least(step: StepShape, factorOf: (cost: LearnedCost) => number | undefined): number | undefined {
    const { heldTokens } = toRange(step);
    let least: number | undefined;
    for (const cost of this.#costs.values()) {
      const factor = factorOf(cost);
      if (factor === undefined) continue;
      const { shape } = cost;
      const growth = Math.max(1, step.tokens / shape.tokens) * Math.max(1, heldTokens / shape.heldTokens);
      const bound = cost.durationMs * growth * factor;
      least = Math.min(least ?? bound, bound);
    }
    return least;
  }
}

/** The shape that stands for all similar ones. */
function toRange({ tokens, heldTokens }: StepShape): StepShape {
  return {
    tokens: 2 ** (Math.round(rangesPerDoubling * Math.log2(tokens)) / rangesPerDoubling),
    heldTokens: 2 ** Math.ceil(Math.log2(Math.max(shortContext, heldTokens))),
  };
}

function mean(old: number, newest: number): number {
  if (newest < old) return old + fallWeight * (newest - old);
  return old + riseWeight * (Math.min(newest, riseLimit * old) - old);
}
