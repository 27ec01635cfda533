/** An address with the frame it is reached in. */
export interface Item {
  readonly address: number;
  readonly frame: Frame;
}

/**
 * What may follow when a rule ends: the addresses its callers go on from, each with the caller's own frame. All calls
 * of a rule at one place of the text share one frame, whoever called, and equal frames are one object: so the stacks of
 * all readings of a text are one graph without copies, and a set of items can be looked up.
 */
export class Frame {
  readonly id: number;
  readonly returns: readonly Item[];
  /** States already made of one address in this frame, by address; valid in one generation of the automaton. */
  known = new Map<number, number>();
  knownIn = -1;

  constructor(id: number, returns: readonly Item[]) {
    this.id = id;
    this.returns = returns;
  }
}

/** The frames of one grammar. */
export class FrameTable {
  /** The frame of the root rule: when it ends the text may end. */
  readonly root = new Frame(0, []);
  /** A frame that is not known: when it ends, what follows has to be asked elsewhere. */
  readonly open = new Frame(1, []);
  readonly #frames = new Map<string, Frame>();
  #nextId = 2;

  intern(returns: readonly Item[]): Frame {
    const sorted = sortItems(returns);
    const key = keyOf(sorted);
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = new Frame(this.#nextId++, sorted);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  get size(): number {
    return this.#frames.size;
  }

  /** Frames still in use live on; equal ones made later are other objects, which costs sharing only. */
  clear(): void {
    this.#frames.clear();
  }
}

/** In the order of frames and addresses, each once. */
export function sortItems(items: readonly Item[]): readonly Item[] {
  if (items.length < 2) return items;
  const sorted = [...items].sort((a, b) => a.frame.id - b.frame.id || a.address - b.address);
  return sorted.filter((item, index) => {
    const previous = sorted[index - 1];
    return previous?.address !== item.address || previous.frame !== item.frame;
  });
}

export function keyOf(items: readonly Item[]): string {
  let key = '';
  for (const { address, frame } of items) key += `${address}:${frame.id},`;
  return key;
}
