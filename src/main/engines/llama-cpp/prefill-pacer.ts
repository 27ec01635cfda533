/** What one step computed and how long it took. */
export interface StepMeasurement {
  decodeTokens: number;
  prefillTokens: number;
  durationMs: number;
}

/** A whole step may take this many times a step without prefill, while others stream. */
const slowdownLimit = 3;
/** A step of prompts alone: long enough for full batches on any usual machine, short enough to break off on a slow one. */
const lonePrefillLimitMs = 10_000;
/**
 * Prompts that all fit into this much may be read at once beside running answers, once in a while: many small pieces
 * would cost every request more than one pause costs the answers. It comes back with a twentieth of the time that passes.
 */
const burstLimitMs = 700;
const burstRefill = 0.05;
/** Weight of the newest measurement in the running means: a fall is believed sooner than a rise. */
const fallWeight = 0.3;
const riseWeight = 0.1;
/** Most that one measurement can exceed the mean: another program may have had the core. */
const riseLimit = 1.5;

/**
 * How many prompt tokens go beside running answers, so that a step stays within three times a step without them;
 * short prompts may take more now and then. Learns both costs from the steps themselves; before a lone decode step was
 * seen it asks for one by answering 0.
 */
export class PrefillPacer {
  /** Mean duration of steps without prefill, by the number of decoded tokens. */
  readonly #loneDecodeMs: number[] = [];
  #msPerPrefillToken: number | undefined;
  #isMeasuredBesideDecode = false;
  #burstMs = burstLimitMs;

  observe({ decodeTokens, prefillTokens, durationMs }: StepMeasurement): void {
    this.#settleBurst({ decodeTokens, prefillTokens, durationMs });
    if (prefillTokens === 0) {
      this.#loneDecodeMs[decodeTokens] = mean(this.#loneDecodeMs[decodeTokens], durationMs);
    } else if (decodeTokens === 0) {
      if (!this.#isMeasuredBesideDecode)
        this.#msPerPrefillToken = mean(this.#msPerPrefillToken, durationMs / prefillTokens);
    } else {
      this.#observeMixed(decodeTokens, prefillTokens, durationMs);
    }
  }

  /** False until a prompt was computed. */
  get knowsPrefill(): boolean {
    return this.#msPerPrefillToken !== undefined;
  }

  /** Prompt tokens for a step that also decodes `decodeTokens`, of `waiting` ones; up to `limit` without decoding. */
  chunk(decodeTokens: number, { limit, waiting }: { limit: number; waiting: number }): number {
    if (decodeTokens === 0) return this.#loneChunk(limit);
    const loneMs = this.#loneDecodeMs[decodeTokens];
    if (loneMs === undefined) return 0;
    if (this.#msPerPrefillToken === undefined || this.#msPerPrefillToken === 0) return Math.min(limit, decodeTokens);
    const usualMs = (slowdownLimit - 1) * loneMs;
    const allMs = waiting * this.#msPerPrefillToken;
    const budgetMs = allMs <= this.#burstMs ? Math.max(usualMs, allMs) : usualMs;
    return Math.max(1, Math.min(limit, Math.floor(budgetMs / this.#msPerPrefillToken)));
  }

  /** What a mixed step took beyond its usual limit is gone for a while. */
  #settleBurst({ decodeTokens, prefillTokens, durationMs }: StepMeasurement): void {
    const loneMs = this.#loneDecodeMs[decodeTokens];
    const isMixed = decodeTokens > 0 && prefillTokens > 0 && loneMs !== undefined;
    const excessMs = isMixed ? Math.max(0, durationMs - slowdownLimit * loneMs) : 0;
    const refilledMs = this.#burstMs + burstRefill * durationMs;
    this.#burstMs = Math.max(0, Math.min(burstLimitMs, refilledMs - excessMs));
  }

  #loneChunk(limit: number): number {
    if (!this.#msPerPrefillToken) return limit;
    return Math.max(1, Math.min(limit, Math.floor(lonePrefillLimitMs / this.#msPerPrefillToken)));
  }

  #observeMixed(decodeTokens: number, prefillTokens: number, durationMs: number): void {
    const loneMs = this.#loneDecodeMs[decodeTokens];
    if (loneMs === undefined) return;
    const perToken = Math.max(0, durationMs - loneMs) / prefillTokens;
    this.#msPerPrefillToken = this.#isMeasuredBesideDecode ? mean(this.#msPerPrefillToken, perToken) : perToken;
    this.#isMeasuredBesideDecode = true;
  }
}

function mean(old: number | undefined, newest: number): number {
  if (old === undefined) return newest;
  if (newest < old) return old + fallWeight * (newest - old);
  return old + riseWeight * (Math.min(newest, riseLimit * old) - old);
}
