import type { AdapterSet } from '../adapters/adapter-set.ts';
import { isNull, setContextAdapters } from './native-context.ts';
import { inBackground, type LlamaApi } from './llama-api.ts';
import { NativeBatchBuffer } from './native-batch.ts';
import type { NativePointer } from './struct-layouts.ts';

export interface EmbeddingContextOptions {
  api: LlamaApi;
  model: NativePointer;
  /** Length of a vector. */
  vectorSize: number;
  /** Numbers that a model made for ranking gives instead. */
  scoreCount: number;
  /** Most tokens of all inputs of one batch, and so of one input. */
  batchSize: number;
  /** Most inputs of one batch. */
  sequences: number;
  threads: number;
  isCpuOnly: boolean;
  /** That act on it. Default: none. */
  adapters?: AdapterSet['entries'];
}

/** llama.h's names for how the vectors of the tokens become one. */
const pooling = { unspecified: -1, none: 0, mean: 1, rank: 4 } as const;

/** A context of its own for vectors or scores of whole texts: it keeps nothing from batch to batch. */
export class EmbeddingContext {
  readonly batchSize: number;
  readonly sequences: number;
  /** It gives scores, not vectors. */
  readonly isRanking: boolean;
  readonly #options: EmbeddingContextOptions;
  readonly #context: NativePointer;
  readonly #batch: NativeBatchBuffer;

  private constructor(context: NativePointer, options: EmbeddingContextOptions) {
    this.#options = options;
    this.#context = context;
    this.batchSize = options.batchSize;
    this.sequences = options.sequences;
    if (options.adapters?.length) setContextAdapters(options.api, context, options.adapters);
    this.isRanking = options.api.contextPooling(context) === pooling.rank;
    this.#batch = new NativeBatchBuffer(options.api, options.batchSize);
  }

  /** Resolves to undefined when the library cannot make it (its log tells why). */
  static async create(options: EmbeddingContextOptions): Promise<EmbeddingContext | undefined> {
    const context = await createContext(options, pooling.unspecified);
    if (isNull(context)) return undefined;
    if (options.api.contextPooling(context) !== pooling.none) return new EmbeddingContext(context, options);
    // A model that was not made for vectors says nothing of how to pool.
    options.api.freeContext(context);
    const pooled = await createContext(options, pooling.mean);
    return isNull(pooled) ? undefined : new EmbeddingContext(pooled, options);
  }

  /** The vectors or scores of some inputs, which fit into one batch. Errors: an Error when the library cannot compute them. */
  async embed(inputs: readonly Uint32Array[]): Promise<Float32Array[]> {
    const { api, vectorSize, scoreCount } = this.#options;
    this.#batch.clear();
    for (const [sequence, tokens] of inputs.entries()) {
      this.#batch.add({ sequence, position: 0, tokens, scoreCount: tokens.length });
    }
    const memory = api.memoryOf(this.#context);
    if (!isNull(memory)) for (const sequence of inputs.keys()) api.sequenceRemove(memory, sequence, -1, -1);
    const result = await inBackground(api.decode, this.#context, this.#batch.toNative());
    if (result !== 0) throw new Error(`The library could not compute the vectors: code ${result}.`);
    return inputs.map((_, sequence) => {
      const address = api.embeddingsOf(this.#context, sequence);
      if (isNull(address)) throw new Error(`The library has no vector of input ${sequence}.`);
      const vector = new Float32Array(this.isRanking ? scoreCount : vectorSize);
      api.copyOut(vector, address, vector.byteLength);
      return vector;
    });
  }

  /** Frees the context. Nothing may run or be called afterwards. */
  dispose(): void {
    this.#options.api.freeContext(this.#context);
    this.#batch.dispose();
  }
}

function createContext(options: EmbeddingContextOptions, poolingType: number): Promise<NativePointer> {
  const { api, model, sequences, batchSize, threads, isCpuOnly } = options;
  const parameters = {
    ...api.contextDefaults(),
    n_ctx: batchSize,
    n_batch: batchSize,
    // Every token of an input has to be in one pass: models that look both ways need it.
    n_ubatch: batchSize,
    n_seq_max: sequences,
    n_threads: threads,
    n_threads_batch: threads,
    pooling_type: poolingType,
    embeddings: true,
    no_perf: true,
    kv_unified: true,
    offload_kqv: !isCpuOnly,
    op_offload: !isCpuOnly,
  };
  return inBackground(api.createContext, model, parameters);
}
