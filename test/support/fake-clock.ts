import type { Clock } from '#main/base/index.ts';

/** A clock that stands still until `advance`. */
export class FakeClock implements Clock {
  readonly #timers = new Set<{ at: number; callback: () => void }>();
  readonly #startedAt = Date.parse('2026-11-21T12:00:00.000Z');
  #elapsed = 0;

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimer(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, milliseconds), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass for people and clocks, while every timer stands still: the machine sleeps. */
  skip(milliseconds: number): void {
    this.#elapsed += milliseconds;
    for (const timer of this.#timers) timer.at += milliseconds;
  }

  /** Lets time pass; timers run in their order, and what they set off has settled when this resolves. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    await settle();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#elapsed = next.at;
      next.callback();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets promise chains and immediates that are due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}
