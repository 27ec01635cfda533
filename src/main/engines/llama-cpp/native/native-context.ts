import type { AdapterSet } from '../adapters/adapter-set.ts';
import { DecodeAborted, type BatchPart, type DecodeOptions, type MemberContext } from '../context-driver.ts';
import { inBackground, type LlamaApi } from './llama-api.ts';
import { NativeBatchBuffer } from './native-batch.ts';
import type { NativePointer } from './struct-layouts.ts';

export interface NativeContextOptions {
  api: LlamaApi;
  model: NativePointer;
  vocabularySize: number;
  /** Tokens one sequence can hold. */
  contextSize: number;
  sequences: number;
  batchSize: number;
  threads: number;
  /** Keep key/value state and computation off the graphics processor. */
  isCpuOnly: boolean;
}

const decodeResult = { computed: 0, noSpace: 1, aborted: 2 } as const;
const wholeState = 0;
/** Positions of one batch that may want scores: room for every one of 512 would take 100 MB with a small vocabulary. */
const scoredPositions = 16;
const keptViews = 64;

/** A context for generation, made and driven through llama.h. */
export class NativeContext implements MemberContext {
  readonly contextSize: number;
  readonly sequences: number;
  readonly batchSize: number;
  readonly vocabularySize: number;
  readonly #api: LlamaApi;
  readonly #context: NativePointer;
  readonly #memory: NativePointer;
  readonly #batch: NativeBatchBuffer;
  readonly #scores: Float32Array;
  /** The library's own score buffers, seen in place; it reuses a few addresses. */
  readonly #views = new Map<bigint, Float32Array>();
  /** One byte and its end mark: as long as it is empty, computing goes on. */
  readonly #abortText: NativePointer;
  #isAborted = false;
  #threads: number;

  private constructor(context: NativePointer, { api, ...options }: NativeContextOptions) {
    this.#api = api;
    this.#context = context;
    this.#memory = api.memoryOf(context);
    this.contextSize = toPaddedSize(options.contextSize);
    this.sequences = options.sequences;
    this.batchSize = options.batchSize;
    this.vocabularySize = options.vocabularySize;
    this.#threads = options.threads;
    this.#scores = new Float32Array(options.vocabularySize);
    this.#batch = new NativeBatchBuffer(api, options.batchSize);
    this.#abortText = api.allocate(2);
    api.setAbort(context, api.strlenAddress, this.#abortText);
  }

  /** Resolves to undefined when the library cannot make it (its log tells why). */
  static async create(options: NativeContextOptions): Promise<NativeContext | undefined> {
    const { api, model, sequences, batchSize, threads, isCpuOnly } = options;
    const parameters = {
      ...api.contextDefaults(),
      n_ctx: toPaddedSize(options.contextSize) * sequences,
      n_batch: batchSize,
      n_ubatch: Math.min(batchSize, 512),
      n_seq_max: sequences,
      n_outputs_max: Math.min(batchSize, Math.max(sequences, scoredPositions)),
      n_threads: threads,
      n_threads_batch: threads,
      no_perf: true,
      swa_full: false,
      kv_unified: false,
      offload_kqv: !isCpuOnly,
      op_offload: !isCpuOnly,
    };
    const context = await inBackground(api.createContext, model, parameters);
    return isNull(context) ? undefined : new NativeContext(context, options);
  }

  setThreads(threads: number): void {
    this.#threads = threads;
    this.#api.setThreads(this.#context, threads, threads);
  }

  setAdapters({ entries }: AdapterSet): void {
    setContextAdapters(this.#api, this.#context, entries);
  }

  /** Threads of the next decode. */
  get threads(): number {
    return this.#threads;
  }

  beginBatch(): void {
    this.#batch.clear();
  }

  addToBatch(part: BatchPart): number {
    return this.#batch.add(part);
  }

  decode({ mayBlock }: DecodeOptions): Promise<void> | void {
    const batch = this.#batch.toNative();
    if (this.#isAborted) this.#setAbortFlag(0);
    if (mayBlock) return checkResult(this.#api.decode(this.#context, batch));
    return inBackground(this.#api.decode, this.#context, batch).then(checkResult);
  }

  abort(): void {
    this.#setAbortFlag(1);
  }

  scoresAt(index: number): Float32Array {
    const address = this.#api.logitsAt(this.#context, index);
    if (address === null || address === 0n) throw new Error(`The library has no scores at ${index}.`);
    const view = this.#views.get(address) ?? this.#viewScores(address);
    if (view) return view;
    this.#api.copyOut(this.#scores, address, this.#scores.byteLength);
    return this.#scores;
  }

  #viewScores(address: bigint): Float32Array | undefined {
    const view = this.#api.viewFloats(address, this.vocabularySize);
    if (!view) return undefined;
    if (this.#views.size >= keptViews) this.#views.clear();
    this.#views.set(address, view);
    return view;
  }

  truncate(sequence: number, position: number): boolean {
    return this.#api.sequenceRemove(this.#memory, sequence, position, -1);
  }

  clear(sequence: number): void {
    this.#api.sequenceRemove(this.#memory, sequence, -1, -1);
  }

  firstHeldPosition(sequence: number): number {
    return this.#api.sequenceFirst(this.#memory, sequence);
  }

  stateBytes(sequence: number): number {
    return Number(this.#api.stateSize(this.#context, sequence, wholeState));
  }

  saveState(sequence: number): Uint8Array<ArrayBuffer> {
    const size = this.stateBytes(sequence);
    const state = new Uint8Array(size);
    const written = this.#api.stateGet(this.#context, state, size, sequence, wholeState);
    if (written !== size) throw new Error(`The library wrote ${written} bytes of a state of ${size}.`);
    return state;
  }

  loadState(sequence: number, state: Uint8Array): boolean {
    this.clear(sequence);
    const read = this.#api.stateSet(this.#context, state, state.byteLength, sequence, wholeState);
    if (read === state.byteLength) return true;
    this.clear(sequence);
    return false;
  }

  /** Frees the context. Nothing may run or be called afterwards. */
  dispose(): void {
    this.#api.freeContext(this.#context);
    this.#batch.dispose();
    this.#api.release(this.#abortText);
  }

  #setAbortFlag(value: 0 | 1): void {
    this.#isAborted = value === 1;
    this.#api.copyIn(this.#abortText, Uint8Array.of(value), 1);
  }
}

/** The library rounds up to this itself; said openly so that what was asked for is what one sequence holds. */
function toPaddedSize(contextSize: number): number {
  return Math.ceil(contextSize / 256) * 256;
}

function checkResult(result: number): void {
  if (result === decodeResult.computed) return;
  if (result === decodeResult.aborted) throw new DecodeAborted();
  const reason = result === decodeResult.noSpace ? 'the context has no room for it' : `code ${result}`;
  throw new Error(`The library could not compute the batch: ${reason}.`);
}

/** Replaces the adapters of a context. Errors: an Error when the library refuses them. */
export function setContextAdapters(api: LlamaApi, context: NativePointer, entries: AdapterSet['entries']): void {
  const addresses = BigUint64Array.from(entries, ({ address }) => address ?? 0n);
  const scales = Float32Array.from(entries, ({ scale }) => scale);
  const result = api.setAdapters(context, addresses, entries.length, scales);
  if (result !== 0) throw new Error(`The library could not set the adapters: code ${result}.`);
}

export function isNull(address: NativePointer): boolean {
  return address === null || address === 0n;
}
