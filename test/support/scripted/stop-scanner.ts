/** Splits an answer at the first stop text; holds back only what could still become one. */
export class StopScanner {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  feed(text: string): { text: string; stopText?: string } {
    this.#held += text;
    const found = this.#stops
      .map((stop) => ({ stop, index: this.#held.indexOf(stop) }))
      .filter(({ index }) => index >= 0)
      .sort((a, b) => a.index + a.stop.length - (b.index + b.stop.length))[0];
    if (found) return { text: this.#held.slice(0, found.index), stopText: found.stop };
    const kept = Math.max(0, ...this.#stops.map((stop) => overlap(this.#held, stop)));
    const free = this.#held.slice(0, this.#held.length - kept);
    this.#held = this.#held.slice(this.#held.length - kept);
    return { text: free };
  }

  /** What was held back, when no stop text came. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** Length of the longest end of `text` that begins `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
