/** A typed list of listeners. Events announce facts; nobody waits for a listener. */
export class Emitter<Value> {
  readonly #listeners = new Set<(value: Value) => void>();
  /** Those of a round: one that comes or goes meanwhile does not change it. */
  #round: readonly ((value: Value) => void)[] = [];

  /** Returns the unsubscribe function. */
  subscribe(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    this.#round = [...this.#listeners];
    return () => {
      this.#listeners.delete(listener);
      this.#round = [...this.#listeners];
    };
  }

  emit(value: Value): void {
    for (const listener of this.#round) listener(value);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }
}
