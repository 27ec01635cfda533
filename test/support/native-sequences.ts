import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import koffi from 'koffi';
import { onTestFinished } from 'vitest';
import { bindLlamaApi, type LlamaApi } from '#main/engines/llama-cpp/native/llama-api.ts';
import { NativeBatchBuffer } from '#main/engines/llama-cpp/native/native-batch.ts';
import type { NativePointer } from '#main/engines/llama-cpp/native/struct-layouts.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

/** Sequences of a native context driven one call at a time, for tests of their state. Nothing runs on other threads. */

export interface SequencesOptions {
  sequences?: number;
  /** Tokens per sequence. */
  contextSize?: number;
  /** Default: on. Off, values lie transposed. */
  flashAttention?: boolean;
  isUnified?: boolean;
  /** The library's number of the type of keys and values. Default 1: f16; 8: q8_0. */
  cacheType?: number;
  batchSize?: number;
}

const folder = path.resolve(import.meta.dirname, '../../node_modules/@node-llama-cpp/linux-x64/bins/linux-x64');

export class NativeSequences {
  readonly #api: LlamaApi;
  readonly #context: NativePointer;
  readonly #memory: NativePointer;
  readonly #batch: NativeBatchBuffer;
  readonly #batchSize: number;
  readonly #copy: (...values: [NativePointer, number, number, number, number]) => void;
  /** Raw scores after the last token that was decoded. */
  scores: Float32Array;

  constructor(file: string, options: SequencesOptions = {}) {
    const {
      sequences = 1,
      contextSize = 1024,
      flashAttention = true,
      isUnified = false,
      batchSize = 512,
      cacheType = 1,
    } = options;
    const { api, copy } = bindAll();
    this.#api = api;
    this.#copy = copy;
    this.#batchSize = batchSize;
    const model = api.loadModel(file, { ...api.modelDefaults(), n_gpu_layers: 0 });
    this.scores = new Float32Array(api.vocabularySize(api.vocabularyOf(model)));
    this.#context = api.createContext(model, {
      ...api.contextDefaults(),
      n_ctx: contextSize * sequences,
      n_batch: batchSize,
      n_ubatch: batchSize,
      n_seq_max: sequences,
      n_threads: 1,
      n_threads_batch: 1,
      flash_attn_type: flashAttention ? 1 : 0,
      kv_unified: isUnified,
      type_k: cacheType,
      type_v: cacheType,
      swa_full: false,
      no_perf: true,
    });
    this.#memory = api.memoryOf(this.#context);
    this.#batch = new NativeBatchBuffer(api, batchSize);
    onTestFinished(() => {
      this.#batch.dispose();
      api.freeContext(this.#context);
      api.freeModel(model);
    });
  }

  /** Computes tokens in chunks; returns the likeliest next one. */
  decode(sequence: number, tokens: Uint32Array, position = 0, chunk = this.#batchSize): number {
    let next = -1;
    for (let from = 0; from < tokens.length; from += chunk) {
      const part = tokens.subarray(from, from + chunk);
      this.#batch.clear();
      const index = this.#batch.add({ sequence, position: position + from, tokens: part, scoreCount: 1 });
      const result = this.#api.decode(this.#context, this.#batch.toNative());
      if (result !== 0) throw new Error(`The decode gave ${result}.`);
      next = this.#likeliest(index);
    }
    return next;
  }

  /** Goes on greedily after `prompt`, of which `held` tokens are in the sequence already. */
  generate(sequence: number, prompt: Uint32Array, options: { held: number; count: number }): number[] {
    const tokens: number[] = [];
    let next = this.decode(sequence, prompt.subarray(options.held), options.held);
    for (let position = prompt.length; tokens.push(next) < options.count; position++) {
      next = this.decode(sequence, Uint32Array.of(next), position);
    }
    return tokens;
  }

  save(sequence: number): Uint8Array {
    const size = Number(this.#api.stateSize(this.#context, sequence, 0));
    const bytes = new Uint8Array(size);
    const written = Number(this.#api.stateGet(this.#context, bytes, size, sequence, 0));
    if (written !== size) throw new Error(`The library wrote ${written} of ${size} bytes.`);
    return bytes;
  }

  load(sequence: number, bytes: Uint8Array): boolean {
    this.clear(sequence);
    return Number(this.#api.stateSet(this.#context, bytes, bytes.length, sequence, 0)) === bytes.length;
  }

  /** Takes effect with the next decode. Where every sequence has a cache of its own only all of it can be copied. */
  copyPrefix(from: number, to: number, length: number): void {
    this.#copy(this.#memory, from, to, -1, -1);
    this.truncate(to, length);
  }

  truncate(sequence: number, length: number): boolean {
    return this.#api.sequenceRemove(this.#memory, sequence, length, -1);
  }

  clear(sequence: number): void {
    this.#api.sequenceRemove(this.#memory, sequence, -1, -1);
  }

  #likeliest(index: number): number {
    const scores = new Float32Array(this.scores.length);
    this.scores = scores;
    this.#api.copyOut(scores, this.#api.logitsAt(this.#context, index), scores.byteLength);
    let best = 0;
    for (let token = 1; token < scores.length; token++) if ((scores[token] ?? 0) > (scores[best] ?? 0)) best = token;
    return best;
  }
}

/** A generated model as a file, removed when the test ends. */
export async function writeTempModel(content: Uint8Array): Promise<string> {
  const file = path.join(await createTempFolder(), 'model.gguf');
  await writeFile(file, content);
  return file;
}

let bound: { api: LlamaApi; copy: (...values: [NativePointer, number, number, number, number]) => void } | undefined;

function bindAll(): NonNullable<typeof bound> {
  if (bound) return bound;
  const find = (name: string): string => {
    const file = readdirSync(folder).find((entry) => entry.startsWith(`lib${name}.`) && entry.endsWith('.so'));
    return path.join(folder, file ?? name);
  };
  const libraries = { llama: find('llama'), ggml: find('ggml'), ggmlBase: find('ggml-base') };
  koffi.load(libraries.ggmlBase, { global: true });
  const ggml = koffi.load(libraries.ggml, { global: true });
  ggml.func('void ggml_backend_load_all_from_path(str)')(folder);
  const llama = koffi.load(libraries.llama, { global: true });
  llama.func('void llama_log_set(void*, void*)')(
    koffi.register(() => undefined, koffi.pointer(logPrototype)),
    null,
  );
  const copy = llama.func('void llama_memory_seq_cp(void*, int32, int32, int32, int32)');
  bound = { api: bindLlamaApi(libraries.llama), copy: (...values) => void copy(...values) };
  return bound;
}

const logPrototype = koffi.proto('void impetus_test_log(int level, str text, void* data)');
