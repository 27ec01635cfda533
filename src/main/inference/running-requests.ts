import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { MetricsRegistry } from '../gateway/index.ts';
import { GenerationMeter } from './generation-meter.ts';
import { TokenRate } from './token-rate.ts';

export interface RunningRequestsOptions {
  metrics: Pick<MetricsRegistry, 'recordGeneration'>;
  /** Milliseconds of a clock that never runs back. */
  now: () => number;
  /** The number of running or waiting requests has changed. */
  onChange: () => void;
}

/** The requests that wait or run, how fast tokens come, and when a model last did real work. Each is recorded once. */
export class RunningRequests {
  readonly #options: RunningRequestsOptions;
  readonly #meters = new Set<GenerationMeter>();
  readonly #rate = new TokenRate();
  #lastSuccessAt: number | undefined;
  #longestSequence = 0;

  constructor(options: RunningRequestsOptions) {
    this.#options = options;
  }

  begin(model: string): GenerationMeter {
    const meter = new GenerationMeter(model, this.#options.now());
    this.#meters.add(meter);
    this.#options.onChange();
    return meter;
  }

  observe(meter: GenerationMeter, event: GenerationEvent): void {
    const now = this.#options.now();
    const wasQueued = meter.isQueued;
    meter.observe(event, now);
    if (event.type === 'text-delta' || event.type === 'reasoning-delta') this.#rate.add(event.tokens.length, now);
    if (event.type !== 'start' && event.type !== 'prefill-progress') this.#lastSuccessAt = now;
    if (wasQueued && !meter.isQueued) this.#options.onChange();
  }

  end(meter: GenerationMeter, failure: 'cancelled' | 'error'): void {
    if (!this.#meters.delete(meter)) return;
    this.#longestSequence = Math.max(this.#longestSequence, meter.heldTokens);
    this.#options.metrics.recordGeneration(meter.toRecord(this.#options.now(), failure));
    this.#options.onChange();
  }

  get activeRequests(): number {
    return this.#meters.size - this.queuedRequests;
  }

  /** Waiting for the model to load or for a free sequence. */
  get queuedRequests(): number {
    let queued = 0;
    for (const meter of this.#meters) if (meter.isQueued) queued += 1;
    return queued;
  }

  get tokensPerSecond(): number {
    return this.#rate.tokensPerSecond(this.#options.now());
  }

  /** Most tokens that one request has held, prompt and answer together. */
  get longestSequence(): number {
    return this.#longestSequence;
  }

  /** Milliseconds since a model last produced something; undefined when it never did. */
  get sinceLastSuccessMs(): number | undefined {
    return this.#lastSuccessAt === undefined ? undefined : this.#options.now() - this.#lastSuccessAt;
  }
}
