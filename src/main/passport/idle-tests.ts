import type { ModelRecord } from '#shared/domain/model.ts';
import type { Clock } from '../base/index.ts';

/** Nobody asked anything for so long. */
const idleMs = 60_000;

export interface IdleTestsOptions {
  clock: Clock;
  /** Somebody else's request runs or waits. */
  isOccupied: () => boolean;
  /** Called when somebody else's request is there. */
  onArrival: (listener: () => void) => () => void;
  /** A loaded model that has something left to be tested. */
  findUntested: () => ModelRecord | undefined;
  /** Resolves at the end of the test, whatever came of it. */
  test: (model: ModelRecord, signal: AbortSignal) => Promise<void>;
}

/** Tests loaded models one by one while the machine is idle; any request ends the test that runs. */
export class IdleTests {
  readonly #options: IdleTestsOptions;
  #running: AbortController | undefined;
  #cancelTimer: () => void = () => undefined;
  #isStopped = false;
  readonly #unsubscribe: () => void;

  constructor(options: IdleTestsOptions) {
    this.#options = options;
    this.#unsubscribe = options.onArrival(() => this.interrupt());
  }

  /** Something was done: the idle time begins anew. */
  touch(): void {
    if (this.#running || this.#isStopped) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(idleMs, () => void this.#begin());
  }

  /** Ends the test that runs; what it found stays. */
  interrupt(): void {
    this.#running?.abort();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancelTimer();
    this.interrupt();
  }

  async #begin(): Promise<void> {
    const model = this.#options.isOccupied() ? undefined : this.#options.findUntested();
    if (!model) return;
    this.#running = new AbortController();
    try {
      await this.#options.test(model, this.#running.signal);
    } finally {
      this.#running = undefined;
      this.touch();
    }
  }
}
