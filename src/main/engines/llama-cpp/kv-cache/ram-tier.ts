/** Rows of entries in memory under a byte budget. What was used longest ago leaves first. */
export class RamTier {
  readonly #budgetBytes: number;
  readonly #onEvict: (key: string) => void;
  /** In the order of use; the first was used longest ago. */
  readonly #rows = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor({ budgetBytes, onEvict }: { budgetBytes: number; onEvict: (key: string) => void }) {
    this.#budgetBytes = budgetBytes;
    this.#onEvict = onEvict;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#rows.size;
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  get(key: string): Uint8Array | undefined {
    return this.#rows.get(key);
  }

  /** Takes it in and makes room for it. False when it is larger than the whole budget. */
  put(key: string, rows: Uint8Array): boolean {
    this.remove(key);
    if (rows.length > this.#budgetBytes) return false;
    this.#rows.set(key, rows);
    this.#bytes += rows.length;
    this.#makeRoom();
    return true;
  }

  /** Marks a chain as used; its end is the first to leave, for nothing is reachable behind a gap. */
  touch(chain: readonly string[]): void {
    for (const key of chain.toReversed()) {
      const rows = this.#rows.get(key);
      if (!rows) continue;
      this.#rows.delete(key);
      this.#rows.set(key, rows);
    }
  }

  remove(key: string): void {
    const rows = this.#rows.get(key);
    if (!rows) return;
    this.#rows.delete(key);
    this.#bytes -= rows.length;
  }

  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }

  #makeRoom(): void {
    for (const key of this.#rows.keys()) {
      if (this.#bytes <= this.#budgetBytes) return;
      this.remove(key);
      this.#onEvict(key);
    }
  }
}
