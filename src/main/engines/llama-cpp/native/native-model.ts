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

  /** Length of its vectors. */
  get embeddingSize(): number {
    return this.#api.embeddingSize(this.address);
  }

  /** Null where the file has none of this name; without a name the general one. */
  chatTemplate(name: string | null): string | null {
    const template = this.#api.chatTemplate(this.address, name);
    return template === '' ? null : template;
  }

  /** Frees the weights; every context has to be freed before. */
  dispose(): void {
    this.#api.freeModel(this.address);
  }
}
