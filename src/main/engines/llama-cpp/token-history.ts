import { countCommon } from './common-prefix.ts';

/**
 * The tokens a sequence holds, in order. Grows by doubling, so that adding a token never copies the rest; comparing
 * and cutting need no copy at all.
 */
export class TokenHistory {
  #tokens = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(tokens: Uint32Array): void {
    const needed = this.#length + tokens.length;
    if (needed > this.#tokens.length) {
      const grown = new Uint32Array(Math.max(needed, this.#tokens.length * 2));
      grown.set(this.#tokens.subarray(0, this.#length));
      this.#tokens = grown;
    }
    this.#tokens.set(tokens, this.#length);
    this.#length = needed;
  }

  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** How many tokens at the beginning are the same. */
  commonPrefixLength(tokens: Uint32Array): number {
    return countCommon(this.view(), tokens);
  }

  /** All tokens in place: true until the history changes. */
  view(): Uint32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  /** A copy of all tokens. */
  toTokens(): Uint32Array {
    return this.#tokens.slice(0, this.#length);
  }
}
