import type { AdapterSet } from './adapters/adapter-set.ts';
import {
  DecodeAborted,
  type BatchPart,
  type ContextDriver,
  type ContextShape,
  type DecodeOptions,
  type MemberContext,
} from './context-driver.ts';
import { toStreamCount } from './kv-cache/index.ts';

/** Sequences with a context of their own are numbered from here on; no shelf has as many. */
const firstDeep = 1024;

interface Place {
  member: MemberContext;
  /** Its number in the member. */
  local: number;
}

/** What a member computes in the current batch. */
interface Share {
  member: MemberContext;
  /** The batch index of its first position. */
  first: number;
  positions: number;
}

/**
 * The contexts of one model, seen as one: a shelf of equal sequences that share every pass over the weights, and
 * sequences with a context of their own for what is too long for the shelf. A batch is computed member by member.
 */
export class ContextGroup implements ContextDriver {
  readonly batchSize: number;
  readonly vocabularySize: number;
  readonly #deep = new Map<number, MemberContext>();
  #shelf: MemberContext;
  #nextDeep = firstDeep;
  #threads: number | undefined;
  #adapters: AdapterSet | undefined;
  #shares: Share[] = [];
  #isAborted = false;

  readonly #convert: typeof toStreamCount;

  constructor(shelf: MemberContext, convert = toStreamCount) {
    this.#shelf = shelf;
    this.#convert = convert;
    this.batchSize = shelf.batchSize;
    this.vocabularySize = shelf.vocabularySize;
  }

  get shelf(): Readonly<ContextShape> {
    return this.#shelf;
  }

  /** Sequences with a context of their own, the oldest first. */
  get deepSequences(): readonly number[] {
    return [...this.#deep.keys()];
  }

  /** Tokens that all sequences together have room for. */
  get allocatedTokens(): number {
    let tokens = this.#shelf.contextSize * this.#shelf.sequences;
    for (const { contextSize } of this.#deep.values()) tokens += contextSize;
    return tokens;
  }

  /** Tokens that the sequence has room for. */
  capacityOf(sequence: number): number {
    return this.#placeOf(sequence).member.contextSize;
  }

  /** How many streams the states of this sequence are written for. */
  streamsOf(sequence: number): number {
    return this.#placeOf(sequence).member.sequences;
  }

  /** A sequence with a context of its own; returns its number. */
  addDeep(member: MemberContext): number {
    this.#prepare(member);
    const sequence = this.#nextDeep++;
    this.#deep.set(sequence, member);
    return sequence;
  }

  /** Frees a sequence that has a context of its own. */
  removeDeep(sequence: number): void {
    this.#deep.get(sequence)?.dispose();
    this.#deep.delete(sequence);
  }

  /**
   * Another shelf in place of this one. The states of `held` move over; returns the sequences whose state could not, they
   * are empty now.
   */
  replaceShelf(member: MemberContext, held: readonly number[]): number[] {
    const old = this.#shelf;
    this.#prepare(member);
    const lost = held.filter((local) => !this.#moveState({ member: old, local }, { member, local }));
    this.#shelf = member;
    old.dispose();
    return lost;
  }

  /** Copies the state of one sequence over that of another. False: the target is empty. */
  copy(from: number, to: number): boolean {
    return this.#moveState(this.#placeOf(from), this.#placeOf(to));
  }

  setThreads(threads: number): void {
    this.#threads = threads;
    for (const member of this.#members()) member.setThreads(threads);
  }

  setAdapters(set: AdapterSet): void {
    this.#adapters = set;
    for (const member of this.#members()) member.setAdapters?.(set);
  }

  beginBatch(): void {
    this.#shares = [];
    for (const member of this.#members()) member.beginBatch();
  }

  addToBatch(part: BatchPart): number {
    const { member, local } = this.#placeOf(part.sequence);
    let share = this.#shares.at(-1);
    if (share?.member !== member) {
      share = { member, first: share ? share.first + share.positions : 0, positions: 0 };
      this.#shares.push(share);
    }
    share.positions += part.tokens.length;
    return share.first + member.addToBatch({ ...part, sequence: local });
  }

  decode(options: DecodeOptions): Promise<void> | void {
    this.#isAborted = false;
    const [only, ...others] = this.#shares;
    if (only && others.length === 0) return only.member.decode(options);
    return this.#decodeAll(options);
  }

  abort(): void {
    this.#isAborted = true;
    for (const { member } of this.#shares) member.abort();
  }

  scoresAt(index: number): Float32Array {
    const share = this.#shares.findLast(({ first }) => first <= index);
    if (!share) throw new Error(`No batch holds position ${index}.`);
    return share.member.scoresAt(index - share.first);
  }

  truncate(sequence: number, position: number): boolean {
    const { member, local } = this.#placeOf(sequence);
    return member.truncate(local, position);
  }

  clear(sequence: number): void {
    const { member, local } = this.#placeOf(sequence);
    member.clear(local);
  }

  firstHeldPosition(sequence: number): number {
    const { member, local } = this.#placeOf(sequence);
    return member.firstHeldPosition(local);
  }

  stateBytes(sequence: number): number {
    const { member, local } = this.#placeOf(sequence);
    return member.stateBytes(local);
  }

  saveState(sequence: number): Uint8Array<ArrayBuffer> {
    const { member, local } = this.#placeOf(sequence);
    return member.saveState(local);
  }

  loadState(sequence: number, state: Uint8Array): boolean {
    const { member, local } = this.#placeOf(sequence);
    return member.loadState(local, state);
  }

  /** Frees all contexts. */
  dispose(): void {
    for (const member of this.#members()) member.dispose();
    this.#deep.clear();
  }

  async #decodeAll(options: DecodeOptions): Promise<void> {
    for (const { member } of this.#shares) {
      // A member forgets an abort when it begins.
      if (this.#isAborted) throw new DecodeAborted();
      await member.decode(options);
    }
  }

  #placeOf(sequence: number): Place {
    if (sequence < this.#shelf.sequences) return { member: this.#shelf, local: sequence };
    const member = this.#deep.get(sequence);
    if (!member) throw new Error(`There is no sequence ${sequence}.`);
    return { member, local: 0 };
  }

  /** A new one computes as the others do. */
  #prepare(member: MemberContext): void {
    if (this.#threads !== undefined) member.setThreads(this.#threads);
    if (this.#adapters) member.setAdapters?.(this.#adapters);
  }

  #members(): MemberContext[] {
    return [this.#shelf, ...this.#deep.values()];
  }

  #moveState(from: Place, to: Place): boolean {
    const streams = { from: from.member.sequences, to: to.member.sequences };
    const state = this.#convert(from.member.saveState(from.local), streams);
    return state !== undefined && to.member.loadState(to.local, state);
  }
}
