/** A typed list of listeners. Events announce facts; nobody waits for a listener. */
export class Emitter<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** Returns the unsubscribe function. */
  subscribe(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(value: Value): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }
}
