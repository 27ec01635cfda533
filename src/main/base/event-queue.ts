/**
 * A single-reader queue between a producer that pushes and a consumer that iterates. `push` never blocks; the producer
 * reads `size` to slow down. Leaving the loop early calls `onReturn` once.
 */
export class EventQueue<Value> implements AsyncIterable<Value> {
  readonly #values: Value[] = [];
  readonly #onReturn: () => void;
  #wake: (() => void) | undefined;
  #end: { error: unknown } | 'done' | undefined;

  constructor(onReturn: () => void = () => undefined) {
    this.#onReturn = onReturn;
  }

  /** Values pushed and not yet read. */
  get size(): number {
    return this.#values.length;
  }

  push(value: Value): void {
    if (this.#end) return;
    this.#values.push(value);
    this.#wake?.();
  }

  /** No more values; the reader still gets those already pushed. */
  end(): void {
    this.#end ??= 'done';
    this.#wake?.();
  }

  /** The reader gets the values already pushed, then the error. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void, undefined> {
    try {
      for (;;) {
        const value = this.#values.shift();
        if (value !== undefined) {
          yield value;
          continue;
        }
        if (this.#end === 'done') return;
        if (this.#end) throw this.#end.error;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.end();
      this.#onReturn();
    }
  }
}
