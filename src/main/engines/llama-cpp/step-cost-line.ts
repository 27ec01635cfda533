/** How much of the past counts with each new measurement. */
const memory = 0.9;
/** Most that one measurement can exceed what was expected: another program may have had the core. */
const excessLimit = 2;
/** Measurements in a row that exceed it all the same are believed. */
const believedExcesses = 2;
/** The line's own slope is used once the numbers of tokens differ by this much of their mean. */
const leastSpread = 0.15;

/**
 * What so many prompt tokens add to a step: a fixed part (a pass over the weights) and a part for each token, fitted to
 * the latest measurements. Where these are all of one size, the cost of a token comes from prompts computed alone.
 */
export class StepCostLine {
  #weight = 0;
  #tokens = 0;
  #cost = 0;
  #tokensSquared = 0;
  #tokensCost = 0;
  #excesses = 0;
  #msPerLoneToken = 0;

  observe(tokens: number, milliseconds: number): void {
    const expected = this.#weight > 0 ? this.costOf(tokens, this.#msPerLoneToken) : Infinity;
    const isExcess = milliseconds > excessLimit * expected;
    this.#excesses = isExcess ? this.#excesses + 1 : 0;
    const cost = isExcess && this.#excesses < believedExcesses ? excessLimit * expected : milliseconds;
    const kept = this.#excesses >= believedExcesses ? memory / 2 : memory;
    this.#weight = kept * this.#weight + 1;
    this.#tokens = kept * this.#tokens + tokens;
    this.#cost = kept * this.#cost + cost;
    this.#tokensSquared = kept * this.#tokensSquared + tokens * tokens;
    this.#tokensCost = kept * this.#tokensCost + tokens * cost;
  }

  costOf(tokens: number, msPerLoneToken: number): number {
    const { fixed, perToken } = this.#fit(msPerLoneToken);
    return fixed + tokens * perToken;
  }

  /** Tokens that cost at most so much; 0 when the fixed part alone costs more. */
  tokensFor(milliseconds: number, msPerLoneToken: number): number {
    const { fixed, perToken } = this.#fit(msPerLoneToken);
    return Math.max(0, Math.floor((milliseconds - fixed) / perToken));
  }

  /** Tokens that cost as much as the fixed part: fewer would mostly pay for that. */
  worthwhileTokens(msPerLoneToken: number): number {
    const { fixed, perToken } = this.#fit(msPerLoneToken);
    return Math.floor(fixed / perToken);
  }

  #fit(msPerLoneToken: number): { fixed: number; perToken: number } {
    this.#msPerLoneToken = msPerLoneToken;
    if (this.#weight === 0) return { fixed: 0, perToken: msPerLoneToken };
    const tokens = this.#tokens / this.#weight;
    const cost = this.#cost / this.#weight;
    const variance = this.#tokensSquared / this.#weight - tokens * tokens;
    const isSpread = variance > (leastSpread * tokens) ** 2;
    const slope = (this.#tokensCost / this.#weight - tokens * cost) / variance;
    // A token is never cheaper than half of one computed alone, and all cost together no more than was measured.
    const perToken = Math.max(msPerLoneToken / 2, Math.min(isSpread ? slope : msPerLoneToken, cost / tokens));
    return { fixed: Math.max(0, cost - tokens * perToken), perToken };
  }
}
