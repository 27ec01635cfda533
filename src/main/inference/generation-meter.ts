import type { GenerationEvent, Timings, Usage } from '#shared/domain/generation.ts';
import type { GenerationRecord } from '../gateway/index.ts';

/**
 * Follows one generation from arrival to end and keeps what can be said about it, also when it is cut short: then
 * tokens are counted from the events (those of tool calls are not in them) and times taken from the clock.
 */
export class GenerationMeter {
  readonly #arrivedAt: number;
  #model: string;
  #firstBatchAt: number | undefined;
  #firstTokenAt: number | undefined;
  #usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  #processedTokens = 0;
  #finish: Extract<GenerationEvent, { type: 'finish' }> | undefined;

  constructor(model: string, now: number) {
    this.#model = model;
    this.#arrivedAt = now;
  }

  /** True until the first batch held a token of this request. */
  get isQueued(): boolean {
    return this.#firstBatchAt === undefined;
  }

  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  get heldTokens(): number {
    return this.#usage.promptTokens + this.#usage.completionTokens;
  }

  observe(event: GenerationEvent, now: number): void {
    switch (event.type) {
      case 'start':
        this.#model = event.model;
        this.#usage = { ...this.#usage, promptTokens: event.promptTokens };
        return;
      case 'prefill-progress':
        this.#firstBatchAt ??= now;
        this.#processedTokens = event.processedTokens;
        this.#usage = { ...this.#usage, cachedTokens: event.cachedTokens };
        return;
      case 'text-delta':
      case 'reasoning-delta':
        this.#noteToken(now);
        this.#usage.completionTokens += event.tokens.length;
        return;
      case 'prompt-probabilities':
        this.#firstBatchAt ??= now;
        return;
      case 'finish':
        this.#firstBatchAt ??= now;
        this.#finish = event;
        this.#processedTokens = event.usage.promptTokens;
        this.#usage = event.usage;
        return;
      default:
        event satisfies { type: `tool-call-${string}` };
        this.#noteToken(now);
    }
  }

  /** `failure` tells how a generation without a finish event ended. */
  toRecord(now: number, failure: 'cancelled' | 'error'): GenerationRecord {
    return {
      model: this.#model,
      outcome: this.#finish?.reason ?? failure,
      usage: this.#usage,
      computedTokens: Math.max(0, this.#processedTokens - this.#usage.cachedTokens),
      timings: this.#finish?.timings ?? this.#measuredTimings(now),
    };
  }

  /** A token came: the whole prompt was read. */
  #noteToken(now: number): void {
    this.#firstBatchAt ??= now;
    this.#firstTokenAt ??= now;
    this.#processedTokens = this.#usage.promptTokens;
  }

  #measuredTimings(now: number): Timings {
    const firstBatchAt = this.#firstBatchAt ?? now;
    const firstTokenAt = this.#firstTokenAt ?? now;
    return {
      queueMs: firstBatchAt - this.#arrivedAt,
      prefillMs: firstTokenAt - firstBatchAt,
      decodeMs: now - firstTokenAt,
    };
  }
}
