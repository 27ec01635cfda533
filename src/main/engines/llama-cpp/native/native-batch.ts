import type { BatchPart } from '../context-driver.ts';
import type { LlamaApi } from './llama-api.ts';
import type { NativeBatch, NativePointer } from './struct-layouts.ts';

/**
 * The tokens of one step, gathered in JavaScript and copied to native memory as a whole: native code reads it on
 * another thread, so it must not move.
 */
export class NativeBatchBuffer {
  readonly #api: LlamaApi;
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  readonly #sequences: Int32Array;
  readonly #outputs: Int8Array;
  readonly #native: Omit<NativeBatch, 'n_tokens'> & { sequenceIds: NativePointer };
  #count = 0;

  constructor(api: LlamaApi, capacity: number) {
    this.#api = api;
    this.#tokens = new Int32Array(capacity);
    this.#positions = new Int32Array(capacity);
    this.#sequences = new Int32Array(capacity);
    this.#outputs = new Int8Array(capacity);
    const sequenceIds = api.allocate(capacity * Int32Array.BYTES_PER_ELEMENT);
    this.#native = {
      token: api.allocate(this.#tokens.byteLength),
      embd: null,
      pos: api.allocate(this.#positions.byteLength),
      n_seq_id: api.allocate(capacity * Int32Array.BYTES_PER_ELEMENT),
      seq_id: api.allocate(capacity * BigUint64Array.BYTES_PER_ELEMENT),
      logits: api.allocate(this.#outputs.byteLength),
      sequenceIds,
    };
    const one = new Int32Array(capacity).fill(1);
    api.copyIn(this.#native.n_seq_id, one, one.byteLength);
    const addresses = BigUint64Array.from({ length: capacity }, (_, index) => (sequenceIds ?? 0n) + BigInt(index * 4));
    api.copyIn(this.#native.seq_id, addresses, addresses.byteLength);
  }

  clear(): void {
    this.#count = 0;
  }

  /** Returns the batch index of the part's last token. */
  add({ sequence, position, tokens, scoreCount }: BatchPart): number {
    const end = this.#count + tokens.length;
    if (end > this.#tokens.length) throw new RangeError(`A batch holds ${this.#tokens.length} tokens, not ${end}.`);
    this.#tokens.set(tokens, this.#count);
    for (let offset = 0; offset < tokens.length; offset++) this.#positions[this.#count + offset] = position + offset;
    this.#sequences.fill(sequence, this.#count, end);
    this.#outputs.fill(0, this.#count, end).fill(1, end - Math.min(scoreCount, tokens.length), end);
    this.#count = end;
    return end - 1;
  }

  toNative(): NativeBatch {
    const { token, embd, pos, n_seq_id, seq_id, logits, sequenceIds } = this.#native;
    const bytes = this.#count * Int32Array.BYTES_PER_ELEMENT;
    this.#api.copyIn(token, this.#tokens, bytes);
    this.#api.copyIn(pos, this.#positions, bytes);
    this.#api.copyIn(sequenceIds, this.#sequences, bytes);
    this.#api.copyIn(logits, this.#outputs, this.#count);
    return { n_tokens: this.#count, token, embd, pos, n_seq_id, seq_id, logits };
  }

  dispose(): void {
    const { token, pos, n_seq_id, seq_id, logits, sequenceIds } = this.#native;
    for (const address of [token, pos, n_seq_id, seq_id, logits, sequenceIds]) this.#api.release(address);
  }
}
