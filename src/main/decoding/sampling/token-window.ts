/** The last tokens of a sequence, the newest first; a negative limit keeps all of them. */
export class TokenWindow {
  readonly #limit: number;
  #tokens: Uint32Array;
  #end = 0;

  constructor(limit: number) {
    this.#limit = limit < 0 ? Infinity : limit;
    this.#tokens = new Uint32Array(Math.min(2 * this.#limit, 256));
  }

  get length(): number {
    return Math.min(this.#end, this.#limit);
  }

  /** 0 is the newest token. */
  at(age: number): number {
    return this.#tokens[this.#end - 1 - age] ?? 0;
  }

  /** Takes one more; gives the token that falls out of the window, if one does. */
  push(token: number): number | undefined {
    if (this.#limit === 0) return token;
    const dropped = this.#end >= this.#limit ? this.at(this.#limit - 1) : undefined;
    if (this.#end === this.#tokens.length) this.#makeRoom();
    this.#tokens[this.#end++] = token;
    return dropped;
  }

  clone(): TokenWindow {
    const copy = new TokenWindow(this.#limit === Infinity ? -1 : this.#limit);
    copy.#tokens = this.#tokens.slice();
    copy.#end = this.#end;
    return copy;
  }

  /** Half of the room is the window, the other half is written before the window moves back to the beginning. */
  #makeRoom(): void {
    const kept = this.#tokens.subarray(this.#end - this.length, this.#end);
    if (this.#tokens.length < 2 * this.#limit) {
      const larger = new Uint32Array(Math.min(2 * this.#tokens.length, 2 * this.#limit));
      larger.set(kept);
      this.#tokens = larger;
    } else {
      this.#tokens.copyWithin(0, this.#end - this.length, this.#end);
    }
    this.#end = kept.length;
  }
}
