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
/** Weight of the newest measurement in the running means: a fall is believed sooner than a rise. */
const fallWeight = 0.3;
const riseWeight = 0.1;
/** Most that one measurement can exceed the mean: another program may have had the core. */
const riseLimit = 1.5;

/**
 * How many prompt tokens go beside running answers, so that a step stays within three times a step without them. Learns
 * both costs from the steps themselves; before a lone decode step was seen it asks for one by answering 0.
 */
export class PrefillPacer {
  /** Mean duration of steps without prefill, by the number of decoded tokens. */
  readonly #loneDecodeMs: number[] = [];
  #msPerPrefillToken: number | undefined;
  #isMeasuredBesideDecode = false;

  observe({ decodeTokens, prefillTokens, durationMs }: StepMeasurement): void {
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

  /** Prompt tokens for a step that also decodes `decodeTokens`; up to `limit` when nothing is decoded. */
  chunk(decodeTokens: number, limit: number): number {
    if (decodeTokens === 0) return this.#loneChunk(limit);
    const loneMs = this.#loneDecodeMs[decodeTokens];
    if (loneMs === undefined) return 0;
    if (this.#msPerPrefillToken === undefined || this.#msPerPrefillToken === 0) return Math.min(limit, decodeTokens);
    return Math.max(1, Math.min(limit, Math.floor(((slowdownLimit - 1) * loneMs) / this.#msPerPrefillToken)));
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
