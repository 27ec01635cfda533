/** Weight of the newest measurement in a running mean. */
const newest = 0.2;
/** A drafted token is thought to be right as often as this before anything is known. */
const firstTrust = 0.5;
/** What a drafted token is thought to add to a step before anything is known, as part of the step. */
const firstExtra = 0.1;
/** Drafts have to save this part of a step to be made. */
const leastGain = 0.1;
/** Chances that are let pass before one more draft is tried all the same: times change. */
const patience = 24;

/** How many tokens to draft, by what steps cost and how often drafts were right. */
export class DraftGain {
  #plainMs: number | undefined;
  #extraMs: number | undefined;
  #trust = firstTrust;
  #passed = 0;

  /** Tokens worth drafting, at most so many; 0 where drafts cost more than they save. */
  choose(most: number): number {
    if (this.#plainMs === undefined) return 0;
    let best = { count: 0, gain: leastGain * this.#plainMs };
    for (let count = 1; count <= most; count++) {
      const gain = this.#expectRight(count) * this.#plainMs - count * this.#extraOf(this.#plainMs);
      if (gain > best.gain) best = { count, gain };
    }
    if (best.count > 0 || ++this.#passed < patience) return best.count;
    this.#passed = 0;
    return Math.min(most, 2);
  }

  /** A step of one answer, with so many drafted tokens in it. */
  observe(drafted: number, milliseconds: number): void {
    if (drafted === 0) this.#plainMs = mean(this.#plainMs, milliseconds);
    else if (this.#plainMs !== undefined) {
      this.#extraMs = mean(this.#extraMs, Math.max(0, milliseconds - this.#plainMs) / drafted);
    }
  }

  /** So many of the drafted tokens were right, up to the first wrong one. */
  learn(drafted: number, right: number): void {
    const judged = Math.min(drafted, right + 1);
    for (let token = 0; token < judged; token++) this.#trust += newest * ((token < right ? 1 : 0) - this.#trust);
  }

  #expectRight(count: number): number {
    let expected = 0;
    let chance = 1;
    for (let token = 0; token < count; token++) {
      chance *= this.#trust;
      expected += chance;
    }
    return expected;
  }

  #extraOf(plainMs: number): number {
    return this.#extraMs ?? firstExtra * plainMs;
  }
}

function mean(old: number | undefined, value: number): number {
  return old === undefined ? value : old + newest * (value - old);
}
