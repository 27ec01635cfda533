import type { AdapterSet } from './adapters/adapter-set.ts';

export interface BatchPart {
  sequence: number;
  /** Position of the first token in the sequence. */
  position: number;
  tokens: Uint32Array;
  /** How many positions at the end of the part want their scores: 0, 1, or all of them for prompt probabilities. */
  scoreCount: number;
}

export interface DecodeOptions {
  /** True: a short step may run on this thread, which saves two thread changes; the event loop waits for it. */
  mayBlock: boolean;
}

/** Thrown by a decode that `abort` has stopped: its batch counts as not computed. */
export class DecodeAborted extends Error {
  constructor() {
    super('The step was stopped.');
    this.name = 'DecodeAborted';
  }
}

/**
 * One native context as the step loop sees it. Parts are added in ascending order of their sequences (other orders
 * cost further passes over the weights). Nothing may touch sequences while `decode` runs, `abort` excepted.
 */
export interface ContextDriver {
  /** Most tokens in one decode call. */
  readonly batchSize: number;
  readonly vocabularySize: number;
  /** Threads of the decodes to come. */
  setThreads(threads: number): void;
  /** Adapters of the decodes to come. Absent: none can be set. */
  setAdapters?(set: AdapterSet): void;
  beginBatch(): void;
  /** Returns the batch index of the part's last position. */
  addToBatch(part: BatchPart): number;
  /** Computes the batch. Errors: `DecodeAborted`; an Error when the library could not compute it. */
  decode(options: DecodeOptions): Promise<void> | void;
  /** Stops a running decode as soon as the library allows. Without one: nothing. */
  abort(): void;
  /** Raw scores of all tokens after one position of the last batch. Valid until the next call; never changed by it. */
  scoresAt(index: number): Float32Array;
  /** Drops all positions from `position` on. False where the model's memory cannot be cut there. */
  truncate(sequence: number, position: number): boolean;
  /** Drops everything the sequence holds. */
  clear(sequence: number): void;
  /** The first position the sequence still holds; -1 when empty. */
  firstHeldPosition(sequence: number): number;
  /** Bytes that `saveState` would give. */
  stateBytes(sequence: number): number;
  /** The key/value state of a sequence, in the library's own layout. */
  saveState(sequence: number): Uint8Array<ArrayBuffer>;
  /** Replaces what the sequence holds. False when the library does not take it: the sequence is empty then. */
  loadState(sequence: number, state: Uint8Array): boolean;
}

/** How much a native context holds. */
export interface ContextShape {
  /** Tokens one sequence can hold. */
  contextSize: number;
  sequences: number;
}

/** A native context that is one of several with the same weights. Its sequences are numbered from 0. */
export interface MemberContext extends ContextDriver, Readonly<ContextShape> {
  /** Frees it. Nothing may run or be called afterwards. */
  dispose(): void;
}
