import {
  DecodeAborted,
  type BatchPart,
  type ContextShape,
  type MemberContext,
} from '#main/engines/llama-cpp/context-driver.ts';

export interface RecordedPart {
  sequence: number;
  position: number;
  tokens: number[];
  scoreCount: number;
}

/**
 * A native context made of token lists. It checks what the real one would answer with garbage: positions that do not
 * follow on, parts out of order, sequences touched while it computes.
 */
export class FakeContextDriver implements MemberContext {
  readonly batchSize: number;
  readonly contextSize: number;
  readonly sequences: number;
  isDisposed = false;
  /** Every batch that was decoded. */
  readonly batches: RecordedPart[][] = [];
  readonly held = new Map<number, number[]>();
  readonly vocabularySize = 128;
  /** Every number of threads that was set. */
  readonly threads: number[] = [];
  /** The token after a sequence's content. Default: its length, modulo 97. */
  nextToken: (tokens: readonly number[]) => number = (tokens) => tokens.length % 97;
  /** Awaited by each decode. Default: one turn of the event loop. */
  beforeDecode: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));
  /** False: cuts are refused, as by recurrent models. */
  canTruncate = true;
  firstHeld = 0;
  /** False: a decode cannot be stopped. */
  canAbort = true;
  /** How often a decode was stopped. */
  aborts = 0;
  #parts: RecordedPart[] = [];
  #isComputing = false;
  #abort: (() => void) | undefined;

  constructor(batchSize = 64, { contextSize, sequences }: ContextShape = { contextSize: 1_000_000, sequences: 64 }) {
    this.batchSize = batchSize;
    this.contextSize = contextSize;
    this.sequences = sequences;
  }

  dispose(): void {
    this.#requireBorder();
    this.isDisposed = true;
  }

  setThreads(threads: number): void {
    this.#requireBorder();
    this.threads.push(threads);
  }

  beginBatch(): void {
    this.#requireBorder();
    this.#parts = [];
  }

  addToBatch({ sequence, position, tokens, scoreCount }: BatchPart): number {
    const previous = this.#parts.at(-1);
    if (previous && previous.sequence >= sequence) throw new Error('Parts are not in ascending order.');
    const held = this.held.get(sequence)?.length ?? 0;
    if (held !== position) throw new Error(`Position ${position} after ${held} held tokens.`);
    if (sequence >= this.sequences) throw new Error(`There are ${this.sequences} sequences, no ${sequence}.`);
    const end = position + tokens.length;
    if (end > this.contextSize) throw new Error(`${end} tokens where ${this.contextSize} have room.`);
    this.#parts.push({ sequence, position, tokens: Array.from(tokens), scoreCount });
    return this.#parts.reduce((sum, part) => sum + part.tokens.length, 0) - 1;
  }

  async decode(): Promise<void> {
    this.#requireBorder();
    const count = this.#parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    if (count < 1 || count > this.batchSize) throw new Error(`A batch of ${count}.`);
    this.#isComputing = true;
    try {
      const { promise, reject } = Promise.withResolvers<never>();
      this.#abort = () => reject(new DecodeAborted());
      await Promise.race([this.beforeDecode(), promise]);
    } finally {
      this.#isComputing = false;
      this.#abort = undefined;
    }
    for (const { sequence, tokens } of this.#parts) {
      this.held.set(sequence, [...(this.held.get(sequence) ?? []), ...tokens]);
    }
    this.batches.push(this.#parts);
  }

  /** A stopped decode leaves its first token behind, as the library may. */
  abort(): void {
    if (!this.canAbort) return;
    this.aborts++;
    const first = this.#parts[0];
    if (first) this.held.set(first.sequence, [...(this.held.get(first.sequence) ?? []), first.tokens[0] ?? 0]);
    this.#abort?.();
  }

  scoresAt(index: number): Float32Array {
    const { part, offset } = this.#find(index);
    if (offset < part.tokens.length - part.scoreCount) throw new Error(`No scores at ${index}.`);
    const scores = new Float32Array(this.vocabularySize);
    const before = (this.held.get(part.sequence) ?? []).slice(0, part.position + offset + 1);
    scores[this.nextToken(before)] = 1;
    return scores;
  }

  #find(index: number): { part: RecordedPart; offset: number } {
    let first = 0;
    for (const part of this.#parts) {
      if (index < first + part.tokens.length) return { part, offset: index - first };
      first += part.tokens.length;
    }
    throw new Error(`No position ${index} in the batch.`);
  }

  stateBytes(sequence: number): number {
    return (this.held.get(sequence) ?? []).length * Uint32Array.BYTES_PER_ELEMENT;
  }

  saveState(sequence: number): Uint8Array<ArrayBuffer> {
    this.#requireBorder();
    return Uint8Array.from(new Uint8Array(Uint32Array.from(this.held.get(sequence) ?? []).buffer));
  }

  loadState(sequence: number, state: Uint8Array): boolean {
    this.#requireBorder();
    this.held.set(sequence, Array.from(new Uint32Array(Uint8Array.from(state).buffer)));
    return true;
  }

  truncate(sequence: number, position: number): boolean {
    this.#requireBorder();
    if (!this.canTruncate) return false;
    this.held.set(sequence, (this.held.get(sequence) ?? []).slice(0, position));
    return true;
  }

  clear(sequence: number): void {
    this.#requireBorder();
    this.held.set(sequence, []);
  }

  firstHeldPosition(): number {
    return this.firstHeld;
  }

  #requireBorder(): void {
    if (this.isDisposed) throw new Error('The context was freed.');
    if (this.#isComputing) throw new Error('The context was touched while the library computes.');
  }
}
