import koffi from 'koffi';
import type { NativeVocabulary } from '../native-vocabulary.ts';
import { inBackground, type LlamaApi } from './llama-api.ts';
import { createVocabulary } from './create-vocabulary.ts';
import { isNull } from './native-context.ts';
import type { NativePointer } from './struct-layouts.ts';

export interface NativeModelOptions {
  api: LlamaApi;
  path: string;
  /** Layers on the graphics processor; -1 for all. */
  gpuLayers: number;
  /** Aborting ends the load at the next report of progress. */
  signal: AbortSignal;
  /** 0 to 1. */
  onProgress: (progress: number) => void;
}

/** llama.h's number of a model that scores. */
const rankPooling = 4;
/** Room for a metadata value that is a name or a number. */
const metadataBytes = 128;

const progressPrototype = koffi.proto('bool impetus_load_progress(float progress, void* data)');

/** The weights and the vocabulary of one file, through llama.h. */
export class NativeModel {
  readonly address: NativePointer;
  readonly vocabulary: NativeVocabulary;
  readonly #api: LlamaApi;

  private constructor(api: LlamaApi, address: NativePointer) {
    this.#api = api;
    this.address = address;
    this.vocabulary = createVocabulary(api, address);
  }

  /** Resolves to undefined when the library refuses the file or the load was aborted (its log tells why). */
  static async load({
    api,
    path,
    gpuLayers,
    signal,
    onProgress,
  }: NativeModelOptions): Promise<NativeModel | undefined> {
    const onReport = (progress: number): boolean => {
      onProgress(progress);
      return !signal.aborted;
    };
    const callback = koffi.register(onReport, koffi.pointer(progressPrototype));
    try {
      const parameters = { ...api.modelDefaults(), n_gpu_layers: gpuLayers, progress_callback: callback };
      const address = await inBackground(api.loadModel, path, parameters);
      return isNull(address) ? undefined : new NativeModel(api, address);
    } finally {
      koffi.unregister(callback);
    }
  }

  /** Bytes of the weights. */
  get weightBytes(): number {
    return Number(this.#api.modelSize(this.address));
  }

  /** Tokens that a sliding-window model keeps in memory; 0 for full attention. */
  get slidingWindow(): number {
    return Math.max(0, this.#api.slidingWindow(this.address));
  }

  /** True where the state of a sequence is one running sum that cannot be cut. */
  get isRecurrent(): boolean {
    return this.#api.isRecurrent(this.address) || this.#api.isHybrid(this.address);
  }

  /** Tokens it was trained for; 0 where the file does not say. */
  get trainedContext(): number {
    return Math.max(0, this.#api.trainedContext(this.address));
  }

  /**
   * A context for more tokens than this turns positions otherwise than one for fewer (long and short factors); undefined
   * where the size makes no difference. States of one kind are wrong in the other.
   */
  get ropeBoundary(): number | undefined {
    const architecture = this.#readMetadata('general.architecture') ?? '';
    const type = this.#readMetadata(`${architecture}.rope.scaling.type`) ?? 'longrope';
    const original = Number(this.#readMetadata(`${architecture}.rope.scaling.original_context_length`));
    return type === 'longrope' && original > 0 ? original : undefined;
  }

  /** Length of its vectors. */
  get embeddingSize(): number {
    return this.#api.embeddingSize(this.address);
  }

  /** Scores that it gives a pair of texts, where it was made for that. */
  get scoreCount(): number {
    return this.#api.scoreCount(this.address);
  }

  /** False for a model that reads texts in both directions or scores pairs of them: it has no next word to give. */
  get writesText(): boolean {
    const architecture = this.#readMetadata('general.architecture') ?? '';
    const isCausal = this.#readMetadata(`${architecture}.attention.causal`) !== 'false';
    return isCausal && Number(this.#readMetadata(`${architecture}.pooling_type`)) !== rankPooling;
  }

  /** Null where the file has none of this name; without a name the general one. */
  chatTemplate(name: string | null): string | null {
    const template = this.#api.chatTemplate(this.address, name);
    return template === '' ? null : template;
  }

  #readMetadata(name: string): string | undefined {
    const target = Buffer.alloc(metadataBytes);
    const length = this.#api.metadata(this.address, name, target, target.length);
    return length < 0 ? undefined : target.toString('utf8', 0, Math.min(length, target.length - 1));
  }

  /** Frees the weights; every context has to be freed before. */
  dispose(): void {
    this.#api.freeModel(this.address);
  }
}
