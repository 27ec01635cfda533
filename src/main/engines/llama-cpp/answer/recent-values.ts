/** What was made lately, by what it was made from: clients send the same tools and schemas again and again. */
export class RecentValues {
  readonly #values = new Map<string, unknown>();
  readonly #limit: number;

  /** Keeps the `limit` values that were asked for last. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value made from equal parts (as JSON), or a new one. What `make` throws is not kept. */
  get<Value>(parts: readonly unknown[], make: () => Value): Value {
    const key = JSON.stringify(parts);
    const value = this.#values.has(key) ? (this.#values.get(key) as Value) : make();
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
