import { StepCostLine } from './step-cost-line.ts';

/** What one step computed and how long it took. */
export interface StepMeasurement {
  decodeTokens: number;
  prefillTokens: number;
  durationMs: number;
}

/** A whole step may take this many times a step without prefill, while others stream. */
const slowdownLimit = 3;
/** The same for a single answer beside prompts that take long anyway, and from how many tokens on they do. */
const loneSlowdownLimit = 2;
const longPrompt = 4096;
/** Part of the time there is that is planned with: the costs are known about as well. */
const trust = 0.93;
/** Where a prompt's own pass over the weights takes all of that, so many times: the pass is to be worth its price. */
const bearableSlowdown = 5;
/** Prompt tokens that go beside running answers then, at least. */
const leastChunk = 4;
/** A step of prompts alone: long enough for full batches on any usual machine, short enough to break off on a slow one. */
const lonePrefillLimitMs = 10_000;
/**
 * Prompts that are not long and all fit into this much may be read at once beside running answers, once in a while: many
 * small pieces would cost every request more than one pause costs the answers. It comes back with a twentieth of the time that passes.
 */
const burstLimitMs = 1000;
const burstRefill = 0.05;
/** Weight of the newest measurement in the running means: a fall is believed sooner than a rise. */
const fallWeight = 0.3;
const riseWeight = 0.1;
/** Most that one measurement can exceed the mean: another program may have had the core. */
const riseLimit = 1.5;

/**
 * How many prompt tokens go beside running answers, so that a step stays within three times a step without them.
 * Short prompts may take more now and then, and so may prompts whose own pass over the weights leaves no room for them. Learns the costs from the steps themselves; before a lone decode step was
 * seen it asks for one by answering 0.
 */
export class PrefillPacer {
  /** Mean duration of steps without prefill, by the number of decoded tokens. */
  readonly #loneDecodeMs: number[] = [];
  /** What prompt tokens add to a step with answers. */
  readonly #added = new StepCostLine();
  #msPerLoneToken: number | undefined;
  #burstMs = burstLimitMs;

  observe({ decodeTokens, prefillTokens, durationMs }: StepMeasurement): void {
    const loneMs = this.#loneDecodeMs[decodeTokens];
    this.#burstMs = Math.min(burstLimitMs, this.#burstMs + burstRefill * durationMs);
    if (prefillTokens === 0) {
      this.#loneDecodeMs[decodeTokens] = mean(loneMs, durationMs);
    } else if (decodeTokens === 0) {
      this.#msPerLoneToken = mean(this.#msPerLoneToken, durationMs / prefillTokens);
    } else if (loneMs !== undefined) {
      this.#added.observe(prefillTokens, Math.max(0, durationMs - loneMs));
      this.#burstMs = Math.max(0, this.#burstMs - Math.max(0, durationMs - slowdownLimit * loneMs));
    }
  }

  /** False until a prompt was computed. */
  get knowsPrefill(): boolean {
    return this.#msPerLoneToken !== undefined;
  }

  /** Prompt tokens for a step that also decodes `decodeTokens`, of `waiting` ones; up to `limit` without decoding. */
  chunk(decodeTokens: number, { limit, waiting }: { limit: number; waiting: number }): number {
    const msPerToken = this.#msPerLoneToken;
    if (decodeTokens === 0) return this.#loneChunk(limit);
    const loneMs = this.#loneDecodeMs[decodeTokens];
    if (loneMs === undefined) return 0;
    if (!msPerToken) return Math.min(limit, decodeTokens);
    const isLong = waiting >= longPrompt;
    if (!isLong && this.#added.costOf(waiting, msPerToken) <= this.#burstMs) return Math.min(limit, waiting);
    const room = (slowdown: number): number => this.#added.tokensFor(trust * (slowdown - 1) * loneMs, msPerToken);
    const fitting = room(slowdownLimit);
    if (fitting > 0)
      return Math.min(limit, isLong && decodeTokens === 1 ? Math.max(1, room(loneSlowdownLimit)) : fitting);
    const bearable = this.#added.tokensFor((bearableSlowdown - 1) * loneMs, msPerToken);
    const worthwhile = Math.min(bearable, this.#added.worthwhileTokens(msPerToken));
    return Math.min(limit, Math.max(leastChunk, worthwhile));
  }

  #loneChunk(limit: number): number {
    if (!this.#msPerLoneToken) return limit;
    return Math.max(1, Math.min(limit, Math.floor(lonePrefillLimitMs / this.#msPerLoneToken)));
  }
}

function mean(old: number | undefined, newest: number): number {
  if (old === undefined) return newest;
  if (newest < old) return old + fallWeight * (newest - old);
  return old + riseWeight * (Math.min(newest, riseLimit * old) - old);
}
