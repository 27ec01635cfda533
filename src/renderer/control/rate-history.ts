import type { ServerState } from '#shared/domain/server-state.ts';
import type { SignalStore } from './signal-store.ts';

/** Seconds of history shown. */
export const rateHistoryLength = 120;

/** One value per second, newest last; shorter than the history until that much was seen. */
export type RateHistory = readonly number[];

/** The history with one more second; the oldest leaves when it is full. */
export function appendRate(history: RateHistory, tokensPerSecond: number): RateHistory {
  return [...history.slice(1 - rateHistoryLength), tokensPerSecond];
}

/** What runs now in tokens per second; a rate left over from an ended request counts as 0. */
export function toLiveRate(server: ServerState): number {
  return server.activeRequests > 0 ? server.tokensPerSecond : 0;
}

/** True when something ran within the history: an idle server shows no rate. */
export function hasRate(history: RateHistory): boolean {
  return history.some((rate) => rate > 0);
}

/** Samples the server's token rate once a second while someone looks; seconds nobody watched are not invented. */
export class RateHistoryStore {
  readonly #signals: SignalStore;
  readonly #listeners = new Set<() => void>();
  #history: RateHistory = [];
  #stop: (() => void) | undefined;
  #sampledAt = 0;

  constructor(signals: SignalStore) {
    this.#signals = signals;
  }

  get(): RateHistory {
    return this.#history;
  }

  /** Returns the unsubscribe function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #start(): () => void {
    if (Date.now() - this.#sampledAt > 3000) this.#history = [];
    const unsubscribe = this.#signals.subscribe('server.changed', () => undefined);
    const timer = setInterval(() => this.#sample(this.#signals.get('server.changed')), 1000);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  #sample(server: ServerState | undefined): void {
    if (!server) return;
    this.#sampledAt = Date.now();
    this.#history = appendRate(this.#history, toLiveRate(server));
    for (const listener of [...this.#listeners]) listener();
  }
}
