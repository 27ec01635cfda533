const bucketMs = 100;
const bucketCount = 20;

/** Tokens per second over the last two seconds, in constant memory. Times in ms of a clock that never runs back. */
export class TokenRate {
  readonly #tokens = new Float64Array(bucketCount);
  /** Number of the newest bucket: time / bucketMs. */
  #newest = 0;

  add(tokens: number, now: number): void {
    this.#advance(now);
    const slot = this.#newest % bucketCount;
    this.#tokens[slot] = (this.#tokens[slot] ?? 0) + tokens;
  }

  tokensPerSecond(now: number): number {
    this.#advance(now);
    const total = this.#tokens.reduce((sum, tokens) => sum + tokens, 0);
    return total / ((bucketMs * bucketCount) / 1000);
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / bucketMs);
    const steps = Math.min(bucket - this.#newest, bucketCount);
    for (let step = 1; step <= steps; step += 1) this.#tokens[(this.#newest + step) % bucketCount] = 0;
    this.#newest = Math.max(bucket, this.#newest);
  }
}
