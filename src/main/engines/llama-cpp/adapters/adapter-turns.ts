import type { ContextDriver } from '../context-driver.ts';
import { noAdapters, type AdapterSet } from './adapter-set.ts';

/** A request that holds a sequence, as far as turns look at it. */
interface Stepping {
  run: { readonly adapters: AdapterSet; readonly isPaused: boolean; readonly remainingPrompt: number };
}

/** Adapters act on a whole batch: requests with the same ones share steps, sets take turns. */
export class AdapterTurns {
  readonly #driver: Pick<ContextDriver, 'setAdapters'>;
  #current = noAdapters;

  constructor(driver: Pick<ContextDriver, 'setAdapters'>) {
    this.#driver = driver;
  }

  /** Those whose turn it is; the driver has their adapters then. Called between steps only. */
  choose<Slot extends Stepping>(slots: readonly Slot[]): Slot[] {
    const sets = new Map<string, AdapterSet>();
    for (const { run } of slots) {
      // Whoever cannot go on holds nobody up.
      if (run.remainingPrompt > 0 || !run.isPaused) sets.set(run.adapters.key, run.adapters);
    }
    const next = findNext([...sets.values()], this.#current);
    if (!next) return [...slots];
    if (next.key !== this.#current.key) this.#driver.setAdapters?.(next);
    this.#current = next;
    return slots.filter(({ run }) => run.adapters.key === next.key);
  }
}

/** In the order of their keys, round and round. */
function findNext(sets: AdapterSet[], { key }: AdapterSet): AdapterSet | undefined {
  const ordered = sets.sort((left, right) => (left.key < right.key ? -1 : 1));
  return ordered.find((set) => set.key > key) ?? ordered[0];
}
