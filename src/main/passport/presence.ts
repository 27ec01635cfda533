import type { AcquireRequest, Lease, Scheduler } from '../scheduler/index.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Emitter, type Clock } from '../base/index.ts';

export type TestedScheduler = Pick<
  Scheduler,
  'acquire' | 'load' | 'unload' | 'states' | 'peek' | 'onChange' | 'activity'
>;

/** Tells the requests of others from those of the tests, which give way to them. */
export class Presence {
  readonly #scheduler: TestedScheduler;
  readonly #clock: Clock;
  readonly #arrived = new Emitter<void>();
  readonly #changed = new Emitter<void>();
  /** Leases and waiting requests of the tests. */
  #own = 0;
  #unsubscribe: () => void;

  constructor(scheduler: TestedScheduler, clock: Clock) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    // Within one change of the scheduler a request may be counted as waiting and as running.
    this.#unsubscribe = scheduler.onChange(() => queueMicrotask(() => this.#look()));
  }

  /** Somebody else's request runs or waits. */
  get isOccupied(): boolean {
    const { activeRequests, queuedRequests } = this.#scheduler.activity();
    return activeRequests + queuedRequests > this.#own;
  }

  /** The scheduler for the tests' own requests. */
  get ownScheduler(): Pick<Scheduler, 'acquire' | 'load' | 'unload' | 'states' | 'peek'> {
    const scheduler = this.#scheduler;
    return {
      acquire: (request) => this.acquire(request),
      load: (request) => scheduler.load(request),
      unload: (modelId, options) => scheduler.unload(modelId, options),
      states: () => scheduler.states(),
      peek: (modelId) => scheduler.peek(modelId),
    };
  }

  async acquire(request: AcquireRequest): Promise<Lease> {
    this.#own++;
    let isOver = false;
    const leave = (): void => {
      if (!isOver) this.#own--;
      isOver = true;
    };
    try {
      const lease = await this.#scheduler.acquire(request);
      const release = (): void => {
        lease.release();
        leave();
      };
      return { instance: lease.instance, release, [Symbol.dispose]: release };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Called when somebody else's request is there. */
  onArrival(listener: () => void): () => void {
    return this.#arrived.subscribe(listener);
  }

  /** Resolves when nobody else's request was there for so long. Throws `cancelled`. */
  async whenQuiet(quietMs: number, signal: AbortSignal): Promise<void> {
    while (this.isOccupied || quietMs > 0) {
      if (signal.aborted) throw new AppError('cancelled', 'The test was cancelled.');
      if (this.isOccupied) await this.#nextChange(signal);
      else if (await this.#staysQuiet(quietMs, signal)) return;
    }
  }

  close(): void {
    this.#unsubscribe();
  }

  #look(): void {
    this.#changed.emit();
    if (this.isOccupied) this.#arrived.emit();
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return this.#wait({ signal });
  }

  async #staysQuiet(quietMs: number, signal: AbortSignal): Promise<boolean> {
    const until = this.#clock.monotonic() + quietMs;
    while (!signal.aborted && !this.isOccupied) {
      const left = until - this.#clock.monotonic();
      if (left <= 0) return true;
      await this.#wait({ signal, milliseconds: left });
    }
    return false;
  }

  /** Until something changes, the time is over or the signal aborts. */
  #wait({ signal, milliseconds }: { signal: AbortSignal; milliseconds?: number }): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        unsubscribe();
        cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const unsubscribe = this.#changed.subscribe(wake);
      const cancel = milliseconds === undefined ? () => undefined : this.#clock.setTimer(milliseconds, wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
