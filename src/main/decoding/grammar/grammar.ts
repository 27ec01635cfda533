import { buildProgram } from './build-program.ts';
import type { ByteClasses } from './byte-classes.ts';
import { bytesOfKind } from './byte-kinds.ts';
import { rankCalls } from './call-order.ts';
import { ItemCloser, type ClosedItems } from './closure-of-items.ts';
import type { RuleSet } from './expression.ts';
import { keyOf, sortItems, type Frame, type Item } from './frame.ts';
import type { PositionProgram } from './position-program.ts';

/** What `next` answers for a byte that cannot come. */
export const dead = -1;
const unknown = 0;
const escapesFlag = 2;

/** All readings of a text so far. Equal readings of one generation are one object. */
export interface GrammarState extends ClosedItems {
  readonly index: number;
  readonly generation: number;
}

/** Tables beyond this are dropped and made again as needed. */
const mostStates = 20_000;
const mostCells = 4_000_000;
const mostEntries = 200_000;

/**
 * A compiled grammar: an automaton over bytes with a stack, made deterministic as texts are read. States and the steps
 * between them are found once and shared by everyone who uses the grammar. When the tables grow too large a new
 * generation begins with empty ones; states of an older generation are brought over by `adopt`.
 */
export class Grammar {
  readonly #program: PositionProgram;
  readonly #closer: ItemCloser;
  readonly #rootEntry: number;
  readonly #staticBytes: number;
  readonly classes: ByteClasses;
  #generation = 0;
  #states: (GrammarState | undefined)[] = [undefined];
  #byKey = new Map<string, GrammarState>();
  #byKernel = new Map<string, number>();
  #table = new Int32Array(0);
  #escapes = new Uint8Array(64);
  #loops = new Map<number, number>();

  constructor(ruleSet: RuleSet) {
    const { program, classes, size } = buildProgram(ruleSet);
    this.#program = program;
    this.classes = classes;
    this.#closer = new ItemCloser(program, rankCalls(program, ruleSet.rules));
    this.#rootEntry = program.entries[ruleSet.root] ?? 0;
    this.#staticBytes = 64 * (size + ruleSet.rules.length);
  }

  /** Rough size in memory, tables made so far included. */
  get byteSize(): number {
    return this.#staticBytes + 4 * this.#table.length + 300 * (this.#states.length + this.#closer.size);
  }

  /** Before the first byte. */
  start(): GrammarState {
    return this.#stateAt(this.#close([{ address: this.#rootEntry, frame: this.#closer.frames.root }]));
  }

  /** Begins a piece of work (a token, a mask) from a state: answers the same state in today's generation. */
  adopt(state: GrammarState): GrammarState {
    this.#closer.resetWork();
    const isFull =
      this.#states.length > mostStates || this.#table.length > mostCells || this.#closer.size > mostEntries;
    if (isFull) this.#startGeneration();
    return state.generation === this.#generation ? state : this.#intern(state);
  }

  /** Index of the state after a byte of the class, or `dead`. */
  next(index: number, byteClass: number): number {
    const known = this.#table[index * this.classes.count + byteClass] ?? unknown;
    return known === unknown ? this.#findNext(index, byteClass) : known;
  }

  stateOf(index: number): GrammarState {
    return this.#stateAt(index);
  }

  /** The open frame may end in this state. */
  mayEscape(index: number): boolean {
    return this.#escapes[index] === escapesFlag;
  }

  /** Kinds of bytes (bits) after which the state is the same as before, for all bytes of the kind. */
  loopKinds(index: number): number {
    let kinds = this.#loops.get(index);
    if (kinds !== undefined) return kinds;
    kinds = 0;
    for (const [kind, bytes] of bytesOfKind.entries()) {
      const isLoop = bytes.every((byte) => this.next(index, this.classes.ofByte[byte] ?? 0) === index);
      if (isLoop) kinds |= 1 << kind;
    }
    this.#loops.set(index, kinds);
    return kinds;
  }

  /**
   * Index of the state that waits for a byte at the addresses. Without a frame it is what can be said of them wherever
   * their rule was called from.
   */
  stateAtAddresses(addresses: readonly number[], frame: Frame = this.#closer.frames.open): number {
    const items = sortItems(addresses.map((address) => ({ address, frame })));
    return this.#intern({ items, canEnd: false, escapes: false }).index;
  }

  /** Index of the state after the frame has ended, or `dead` when only the end of the text may follow. */
  afterFrame(frame: Frame): number {
    return this.#close(frame.returns);
  }

  /** See `PositionProgram.farAddress`. */
  farAddress(address: number, distance: number): { address: number; horizon: number } {
    return this.#program.farAddress(address, distance);
  }

  /** The only byte that can come next; -1 when there are none or several. */
  onlyByte({ items }: GrammarState): number {
    let only = -1;
    for (const { address } of items) {
      const { position } = this.#closer.placeOf(address);
      if (position.kind !== 'bytes') continue;
      for (const { first, last } of position.edges) {
        if (first !== last || (only !== -1 && only !== first)) return -1;
        only = first;
      }
    }
    return only === -1 ? -1 : (this.classes.onlyByte[only] ?? -1);
  }

  #findNext(index: number, byteClass: number): number {
    const kernel: Item[] = [];
    for (const { address, frame } of this.#stateAt(index).items) {
      const { position, base } = this.#closer.placeOf(address);
      if (position.kind !== 'bytes') continue;
      for (const { first, last, target } of position.edges) {
        if (first <= byteClass && byteClass <= last) kernel.push({ address: base + target, frame });
      }
    }
    const next = kernel.length === 0 ? dead : this.#close(kernel);
    this.#table[index * this.classes.count + byteClass] = next;
    return next;
  }

  #close(kernel: readonly Item[]): number {
    const [only, ...more] = kernel;
    if (!only) return dead;
    if (more.length === 0) return this.#closeOne(only);
    const key = keyOf(sortItems(kernel));
    let index = this.#byKernel.get(key);
    if (index === undefined) {
      index = this.#internClosed(this.#closer.close(kernel));
      this.#byKernel.set(key, index);
    }
    return index;
  }

  #closeOne({ address, frame }: Item): number {
    if (frame.knownIn !== this.#generation) {
      frame.known = new Map();
      frame.knownIn = this.#generation;
    }
    let index = frame.known.get(address);
    if (index === undefined) {
      index = this.#internClosed(this.#closer.close([{ address, frame }]));
      frame.known.set(address, index);
    }
    return index;
  }

  #internClosed(closed: ClosedItems): number {
    const isDead = closed.items.length === 0 && !closed.canEnd && !closed.escapes;
    return isDead ? dead : this.#intern(closed).index;
  }

  #intern({ items, canEnd, escapes }: ClosedItems): GrammarState {
    const key = `${canEnd ? 'e' : ''}${escapes ? 'o' : ''}${keyOf(items)}`;
    const known = this.#byKey.get(key);
    if (known) return known;
    const index = this.#states.length;
    const state = { index, generation: this.#generation, items, canEnd, escapes };
    this.#states.push(state);
    this.#byKey.set(key, state);
    this.#grow(index);
    if (escapes) this.#escapes[index] = escapesFlag;
    return state;
  }

  #grow(index: number): void {
    if ((index + 1) * this.classes.count > this.#table.length) {
      const table = new Int32Array(Math.max(64, 2 * index) * this.classes.count);
      table.set(this.#table);
      this.#table = table;
    }
    if (index >= this.#escapes.length) {
      const escapes = new Uint8Array(2 * index);
      escapes.set(this.#escapes);
      this.#escapes = escapes;
    }
  }

  #stateAt(index: number): GrammarState {
    const state = this.#states[index];
    if (!state) throw new RangeError(`No state ${index}.`);
    return state;
  }

  #startGeneration(): void {
    this.#generation++;
    this.#states = [undefined];
    this.#byKey = new Map();
    this.#byKernel = new Map();
    this.#table = new Int32Array(0);
    this.#escapes = new Uint8Array(64);
    this.#loops = new Map();
    this.#closer.clear();
  }
}
