/** Work that touches sequences: done between two steps, whenever the next border is. */
export class BorderWork {
  #works: (() => void)[] = [];

  /** Resolves when it is done. What it throws rejects. */
  add(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#works.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** A border is here. */
  run(): void {
    for (const work of this.#works.splice(0)) work();
  }
}
