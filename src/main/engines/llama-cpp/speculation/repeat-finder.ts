/** Tokens that have to stand together before what followed them is expected again. */
const patternLength = 3;

/** A growing list of tokens that knows what followed its last tokens when they stood there before. */
export class RepeatFinder {
  readonly #tokens: number[] = [];
  /** By the hash of a pattern, the place behind its latest occurrence but the last. */
  readonly #places = new Map<number, number>();

  get length(): number {
    return this.#tokens.length;
  }

  append(token: number): void {
    const end = this.#tokens.length;
    if (end >= patternLength) this.#places.set(this.#hash(end), end);
    this.#tokens.push(token);
  }

  /** At most so many tokens; none where the last ones have not stood together before. */
  propose(count: number): number[] {
    const end = this.#tokens.length;
    if (end < patternLength || count < 1) return [];
    const place = this.#places.get(this.#hash(end));
    if (place === undefined || !this.#isSame(place, end)) return [];
    return this.#tokens.slice(place, place + count);
  }

  #isSame(left: number, right: number): boolean {
    for (let back = 1; back <= patternLength; back++) {
      if (this.#tokens[left - back] !== this.#tokens[right - back]) return false;
    }
    return true;
  }

  #hash(end: number): number {
    let hash = 0x811c9dc5;
    for (let back = 1; back <= patternLength; back++)
      hash = Math.imul(hash ^ (this.#tokens[end - back] ?? 0), 0x01000193);
    return hash;
  }
}
