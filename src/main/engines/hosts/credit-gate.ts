/** Counts how many events may still be sent; the sender waits when there is none left. */
export class CreditGate {
  #credit: number;
  #wake: (() => void) | undefined;

  constructor(credit: number) {
    this.#credit = credit;
  }

  add(count: number): void {
    this.#credit += count;
    this.#wake?.();
  }

  /** Uses one; the promise, when there is one, resolves as soon as more was added or the gate was opened. */
  take(): Promise<void> | undefined {
    this.#credit--;
    if (this.#credit > 0) return undefined;
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** For ever: the stream is cancelled and what is left goes through. */
  open(): void {
    this.add(Number.POSITIVE_INFINITY);
  }
}
