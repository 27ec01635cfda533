import type { StateCache } from './admission-planner.ts';
import type { ContextDriver } from './context-driver.ts';
import type { Sequence } from './sequence-pool.ts';
import { fitsSpareMemory } from './spare-memory.ts';

/** Fewer new tokens are not worth a copy of the sequence's state. */
const leastNewTokens = 32;
/** Every sequence's state is kept this long after the last step, in ms. */
const idleMs = 1_500;

export interface StateKeeperOptions {
  driver: ContextDriver;
  cache: StateCache;
}

/** Puts what sequences hold into the cache before it is lost. Reads the context, so only between steps. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #keeping = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  /** The state is copied at once; resolves when the cache has it. Nothing where the cache knows it already. */
  keep(sequence: Sequence): Promise<void> {
    const { driver, cache } = this.#options;
    const { namespace } = sequence;
    const tokens = sequence.history.toTokens();
    if (tokens.length - cache.heldLength(tokens, namespace) < leastNewTokens) return Promise.resolve();
    if (!fitsSpareMemory(driver.stateBytes(sequence.id))) return Promise.resolve();
    const kept = cache.keep(tokens, driver.saveState(sequence.id), namespace);
    this.#keeping.add(kept);
    void kept.finally(() => this.#keeping.delete(kept));
    return kept;
  }

  /** After a while of rest all idle sequences are kept, one after the other, as long as `isIdle` holds. */
  rest(sequences: () => readonly Sequence[], isIdle: () => boolean): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#keepAll(sequences(), isIdle), idleMs).unref();
  }

  /** Work has begun again. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Keeps everything and waits until it is on disk, or the time is over. */
  async close(sequences: readonly Sequence[], deadlineMs: number): Promise<void> {
    this.wake();
    for (const sequence of sequences) void this.keep(sequence);
    await Promise.all(this.#keeping);
    await this.#options.cache.flush(deadlineMs);
  }

  async #keepAll(sequences: readonly Sequence[], isIdle: () => boolean): Promise<void> {
    for (const sequence of sequences) {
      if (!isIdle()) return;
      await this.keep(sequence);
    }
  }
}
