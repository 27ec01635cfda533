import type { InstanceStats } from '../../engine-port/index.ts';

/** Counts of everything the loop computed since the model was loaded. */
export class StepStatistics {
  /** Index: tokens in a decode call; value: how many calls held that many. */
  readonly #histogram: number[] = [];
  #steps = 0;
  generatedTokens = 0;
  prefillTokens = 0;
  reusedTokens = 0;
  restoredTokens = 0;

  countStep(tokenCount: number): void {
    this.#steps++;
    this.#histogram[tokenCount] = (this.#histogram[tokenCount] ?? 0) + 1;
  }

  toStats(): Omit<InstanceStats, 'waitingRequests' | 'threads' | 'sequences' | 'context'> {
    const batchHistogram: Record<string, number> = {};
    // Sparse on purpose: forEach skips sizes that never occurred.
    this.#histogram.forEach((count, size) => (batchHistogram[size] = count));
    return {
      steps: this.#steps,
      batchHistogram,
      prefillTokens: this.prefillTokens,
      reusedTokens: this.reusedTokens,
      restoredTokens: this.restoredTokens,
      generatedTokens: this.generatedTokens,
    };
  }
}
