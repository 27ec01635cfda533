/** A step is slow when it takes this many times the expected. */
export const slowRatio = 3;
/** One step is enough when it takes this many times the expected, */
const hugeRatio = 10;
/** and that much longer: a tiny model's step is ten times as long whenever the system does something else. */
const hugeExcessMs = 25;
/** Reached by two slow steps in a row, and by two around one that was not. */
const scoreLimit = 1.25;
/** Below this the last slow step is forgotten. */
const freshScore = 0.25;

/** Tells a machine that has become busy from a step that was slow once. */
export class Slowness {
  #score = 0;
  #ratio = 0;

  /** How many times the expected the last slow steps took, when they were too many; undefined while all is well. */
  observe(durationMs: number, expectedMs: number): number | undefined {
    const ratio = durationMs / expectedMs;
    this.#score /= 2;
    if (ratio <= slowRatio) return undefined;
    this.#ratio = this.#score >= freshScore ? (this.#ratio + ratio) / 2 : ratio;
    this.#score++;
    const isHuge = ratio > hugeRatio && durationMs - expectedMs > hugeExcessMs;
    return isHuge || this.#score >= scoreLimit ? this.#ratio : undefined;
  }

  forget(): void {
    this.#score = 0;
  }
}
