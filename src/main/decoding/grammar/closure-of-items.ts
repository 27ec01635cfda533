import { grammarError, grammarLimits } from './expression.ts';
import { FrameTable, sortItems, type Frame, type Item } from './frame.ts';
import { returnAddress, type Closure, type Place, type PositionProgram } from './position-program.ts';

/** Everything a set of items can become before the next byte. */
export interface ClosedItems {
  /** Items that wait for a byte, sorted. */
  readonly items: readonly Item[];
  /** The text may end here. */
  readonly canEnd: boolean;
  /** The open frame may end here. */
  readonly escapes: boolean;
}

/**
 * Follows calls and returns. Rules called at this place of the text are entered in the order of their ranks, so that a
 * rule's frame knows all its callers before anything is done with it. What they do without reading a byte is already
 * skipped at the call, so a rule entered here never returns here.
 */
export class ItemCloser {
  readonly frames = new FrameTable();
  readonly #program: PositionProgram;
  readonly #rankOf: Uint32Array;
  readonly #ruleAt: Uint32Array;
  readonly #closures = new Map<number, Closure>();
  readonly #places = new Map<number, Place>();
  /** Callers of rules to be entered, by rank. */
  readonly #callers: (Item[] | undefined)[] = [];
  #lowest = Infinity;
  #highest = -1;
  #work = 0;
  #workForByte = 0;

  constructor(program: PositionProgram, ranks: Uint32Array) {
    this.#program = program;
    this.#rankOf = ranks;
    this.#ruleAt = new Uint32Array(ranks.length);
    ranks.forEach((rank, rule) => (this.#ruleAt[rank] = rule));
  }

  /** Entries kept for speed only. */
  get size(): number {
    return this.#closures.size + this.#places.size + this.frames.size;
  }

  clear(): void {
    this.#closures.clear();
    this.#places.clear();
    this.frames.clear();
  }

  /** Starts the count of work for a token or a mask. */
  resetWork(): void {
    this.#work = 0;
  }

  placeOf(address: number): Place {
    let place = this.#places.get(address);
    if (!place) this.#places.set(address, (place = this.#program.placeOf(address)));
    return place;
  }

  close(start: readonly Item[]): ClosedItems {
    this.#workForByte = 0;
    const result = { items: [] as Item[], canEnd: false, escapes: false };
    try {
      this.#follow(start, result);
      this.#enterCalledRules(result);
    } finally {
      this.#forgetCalls();
    }
    return { ...result, items: sortItems(result.items) };
  }

  #follow(start: readonly Item[], result: { items: Item[]; canEnd: boolean; escapes: boolean }): void {
    const seen = new Map<Frame, Set<number>>();
    const todo: Item[] = [...start];
    for (let item = todo.pop(); item; item = todo.pop()) {
      const { address, frame } = item;
      const known = seen.get(frame);
      if (known?.has(address)) continue;
      if (known) known.add(address);
      else seen.set(frame, new Set([address]));
      const closure = this.#closureOf(address);
      this.#take(closure, frame, result.items);
      if (!closure.returns) continue;
      if (frame === this.frames.root) result.canEnd = true;
      else if (frame === this.frames.open) result.escapes = true;
      else todo.push(...frame.returns);
    }
  }

  #enterCalledRules(result: { items: Item[] }): void {
    for (let rank = this.#lowest; rank <= this.#highest; rank++) {
      const callers = this.#callers[rank];
      if (!callers) continue;
      this.#callers[rank] = undefined;
      const entry = this.#program.entries[this.#ruleAt[rank] ?? 0] ?? returnAddress;
      this.#take(this.#closureOf(entry), this.frames.intern(callers), result.items);
    }
  }

  #take(closure: Closure, frame: Frame, items: Item[]): void {
    this.#count(1 + closure.waiting.length + closure.calls.length);
    for (const address of closure.waiting) items.push({ address, frame });
    for (const { rule, next } of closure.calls) this.#call(rule, { address: next, frame });
  }

  /** A caller with nothing left to do is left out: its own callers are returned to instead. */
  #call(rule: number, caller: Item): void {
    const rank = this.#rankOf[rule] ?? 0;
    this.#lowest = Math.min(this.#lowest, rank);
    this.#highest = Math.max(this.#highest, rank);
    const callers = (this.#callers[rank] ??= []);
    const { frame } = caller;
    if (!isOnlyReturn(this.#closureOf(caller.address))) callers.push(caller);
    else if (frame === this.frames.root || frame === this.frames.open) callers.push({ address: returnAddress, frame });
    else {
      this.#count(frame.returns.length);
      callers.push(...frame.returns);
    }
  }

  #forgetCalls(): void {
    for (let rank = this.#lowest; rank <= this.#highest; rank++) this.#callers[rank] = undefined;
    this.#lowest = Infinity;
    this.#highest = -1;
  }

  #closureOf(address: number): Closure {
    let closure = this.#closures.get(address);
    if (!closure) this.#closures.set(address, (closure = this.#program.closureOf(address)));
    return closure;
  }

  #count(visits: number): void {
    this.#work += visits;
    this.#workForByte += visits;
    if (this.#workForByte > grammarLimits.workPerByte || this.#work > grammarLimits.workPerToken) {
      throw grammarError('the text so far can be read in too many ways');
    }
  }
}

function isOnlyReturn({ waiting, calls, returns }: Closure): boolean {
  return returns && waiting.length === 0 && calls.length === 0;
}
