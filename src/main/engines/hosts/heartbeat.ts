import type { Clock } from '../../base/index.ts';

export interface HeartbeatOptions {
  clock: Clock;
  /** Time between two questions, in ms. */
  intervalMs: number;
  /** So many questions in a row without any sign of life end it. */
  missedLimit: number;
  ping(): void;
  onSilence(): void;
}

/** Together 10 s at most: a child that stops right after an answer is noticed in the fifth interval. */
export const defaultHeartbeat = { intervalMs: 2000, missedLimit: 4 };

/**
 * Notices a child that is alive but does nothing any more (stopped, locked up). It counts unanswered questions instead
 * of time, so a laptop that slept for an hour finds its children still trusted.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #missed = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Any message is a sign of life. */
  heard(): void {
    this.#missed = 0;
  }

  stop(): void {
    this.#cancelTimer();
  }

  #schedule(): void {
    this.#cancelTimer = this.#options.clock.setTimer(this.#options.intervalMs, () => this.#beat());
  }

  #beat(): void {
    if (this.#missed >= this.#options.missedLimit) return this.#options.onSilence();
    this.#missed++;
    this.#options.ping();
    this.#schedule();
  }
}
