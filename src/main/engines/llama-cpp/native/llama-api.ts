import koffi from 'koffi';
import { AppError } from '#shared/errors/app-error.ts';
import {
  batchLayout,
  contextParameters,
  findLayoutFault,
  modelParameters,
  type ContextParameters,
  type ModelParameters,
  type NativeBatch,
  type NativePointer,
} from './struct-layouts.ts';

type Callback<Result> = (error: unknown, result: Result) => void;

/** A native function: called on this thread, or on a thread of the pool with the result given back by callback. */
interface NativeFunction<Arguments extends unknown[], Result> {
  (...values: Arguments): Result;
  async(...values: [...Arguments, Callback<Result>]): void;
}

/**
 * llama.h as far as Impetus uses it, on the libraries that node-llama-cpp ships. Sizes and positions are numbers,
 * addresses bigints. Nothing here checks its arguments: a wrong one ends the process.
 */
export interface LlamaApi {
  modelDefaults: () => ModelParameters;
  contextDefaults: () => ContextParameters;
  loadModel: NativeFunction<[string, ModelParameters], NativePointer>;
  freeModel: NativeFunction<[NativePointer], void>;
  createContext: NativeFunction<[NativePointer, ContextParameters], NativePointer>;
  freeContext: NativeFunction<[NativePointer], void>;
  decode: NativeFunction<[NativePointer, NativeBatch], number>;
  loadAdapter: NativeFunction<[model: NativePointer, path: string], NativePointer>;
  setAdapters: (
    ...values: [context: NativePointer, adapters: BigUint64Array, count: number, scales: Float32Array]
  ) => number;
  setThreads: (context: NativePointer, decode: number, batch: number) => void;
  setAbort: (context: NativePointer, callback: NativePointer, data: NativePointer) => void;
  logitsAt: (context: NativePointer, index: number) => NativePointer;
  embeddingsOf: (context: NativePointer, sequence: number) => NativePointer;
  contextPooling: (context: NativePointer) => number;
  memoryOf: (context: NativePointer) => NativePointer;
  sequenceRemove: (...range: [memory: NativePointer, sequence: number, from: number, to: number]) => boolean;
  sequenceFirst: (memory: NativePointer, sequence: number) => number;
  stateSize: (context: NativePointer, sequence: number, flags: number) => number;
  stateGet: (
    ...values: [context: NativePointer, target: Uint8Array, size: number, sequence: number, flags: number]
  ) => number;
  stateSet: (
    ...values: [context: NativePointer, source: Uint8Array, size: number, sequence: number, flags: number]
  ) => number;
  vocabularyOf: (model: NativePointer) => NativePointer;
  vocabularyType: (vocabulary: NativePointer) => number;
  vocabularySize: (vocabulary: NativePointer) => number;
  tokenText: (vocabulary: NativePointer, token: number) => string;
  tokenAttributes: (vocabulary: NativePointer, token: number) => number;
  isEndOfGeneration: (vocabulary: NativePointer, token: number) => boolean;
  beginToken: (vocabulary: NativePointer) => number;
  endToken: (vocabulary: NativePointer) => number;
  addsBegin: (vocabulary: NativePointer) => boolean;
  separatorToken: (vocabulary: NativePointer) => number;
  addsEnd: (vocabulary: NativePointer) => boolean;
  addsSeparator: (vocabulary: NativePointer) => boolean;
  infillPrefix: (vocabulary: NativePointer) => number;
  infillSuffix: (vocabulary: NativePointer) => number;
  infillMiddle: (vocabulary: NativePointer) => number;
  infillRepository: (vocabulary: NativePointer) => number;
  infillFile: (vocabulary: NativePointer) => number;
  tokenize: (
    vocabulary: NativePointer,
    ...rest: [text: Uint8Array, bytes: number, tokens: Int32Array, capacity: number, special: boolean, parse: boolean]
  ) => number;
  detokenize: (
    vocabulary: NativePointer,
    ...rest: [tokens: Int32Array, count: number, text: Uint8Array, capacity: number, remove: boolean, unparse: boolean]
  ) => number;
  modelSize: (model: NativePointer) => number;
  embeddingSize: (model: NativePointer) => number;
  scoreCount: (model: NativePointer) => number;
  slidingWindow: (model: NativePointer) => number;
  trainedContext: (model: NativePointer) => number;
  isRecurrent: (model: NativePointer) => boolean;
  /** Writes the text of a metadata value with its end mark; -1 where the file has none of this name. */
  metadata: (model: NativePointer, ...rest: [name: string, target: Uint8Array, bytes: number]) => number;
  isHybrid: (model: NativePointer) => boolean;
  chatTemplate: (model: NativePointer, name: string | null) => string | null;
  version: () => string;
  /** Address of C's `strlen`: as an abort callback it says "go on" while the text it is given is empty. */
  strlenAddress: NativePointer;
  /** Native memory as an array without a copy; undefined where the runtime forbids it (Electron). */
  viewFloats: (source: bigint, count: number) => Float32Array | undefined;
  /** C's `memcpy`, from native memory and into it. */
  copyOut: (target: Float32Array, source: NativePointer, bytes: number) => NativePointer;
  copyIn: (target: NativePointer, source: NodeJS.TypedArray, bytes: number) => NativePointer;
  allocate: (bytes: number) => NativePointer;
  release: (address: NativePointer) => void;
}

let known: LlamaApi | undefined;

/** Binds the functions once per process. Errors: `model-load-failed` when a library or a layout is not as pinned. */
export function bindLlamaApi(library: string): LlamaApi {
  known ??= bind(library);
  return known;
}

function bind(library: string): LlamaApi {
  const llama = koffi.load(library);
  const api = { ...bindModel(llama), ...bindContext(llama), ...bindVocabulary(llama), ...bindMemory() };
  const fault = findLayoutFault(api.contextDefaults());
  if (fault === undefined) return api;
  throw new AppError('model-load-failed', `The library's context parameters are not as expected: ${fault}.`, {
    hint: 'Install exactly node-llama-cpp 3.22.1 (npm ci).',
    data: { field: fault },
  });
}

type Library = ReturnType<typeof koffi.load>;

/** Calls a native function on a thread of the pool. */
export function inBackground<Arguments extends unknown[], Result>(
  call: NativeFunction<Arguments, Result>,
  ...values: Arguments
): Promise<Result> {
  return new Promise((resolve, reject) => {
    call.async(...values, (error, result) => (error ? reject(toError(error)) : resolve(result)));
  });
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The one place where a prototype becomes a typed function. */
function declare<Type>(library: Library, prototype: string): Type {
  return library.func(prototype) as unknown as Type;
}

function bindModel(llama: Library) {
  return {
    modelDefaults: declare<LlamaApi['modelDefaults']>(llama, `${modelParameters.name} llama_model_default_params()`),
    loadModel: declare<LlamaApi['loadModel']>(llama, 'void* llama_model_load_from_file(str, llama_model_params)'),
    freeModel: declare<LlamaApi['freeModel']>(llama, 'void llama_model_free(void*)'),
    modelSize: declare<LlamaApi['modelSize']>(llama, 'uint64 llama_model_size(void*)'),
    embeddingSize: declare<LlamaApi['embeddingSize']>(llama, 'int32 llama_model_n_embd_out(void*)'),
    scoreCount: declare<LlamaApi['scoreCount']>(llama, 'uint32 llama_model_n_cls_out(void*)'),
    slidingWindow: declare<LlamaApi['slidingWindow']>(llama, 'int32 llama_model_n_swa(void*)'),
    trainedContext: declare<LlamaApi['trainedContext']>(llama, 'int32 llama_model_n_ctx_train(void*)'),
    isRecurrent: declare<LlamaApi['isRecurrent']>(llama, 'bool llama_model_is_recurrent(void*)'),
    isHybrid: declare<LlamaApi['isHybrid']>(llama, 'bool llama_model_is_hybrid(void*)'),
    metadata: declare<LlamaApi['metadata']>(llama, 'int32 llama_model_meta_val_str(void*, str, void*, size_t)'),
    chatTemplate: declare<LlamaApi['chatTemplate']>(llama, 'str llama_model_chat_template(void*, str)'),
    version: declare<LlamaApi['version']>(llama, 'str llama_version()'),
  };
}

function bindContext(llama: Library) {
  return {
    contextDefaults: declare<LlamaApi['contextDefaults']>(
      llama,
      `${contextParameters.name} llama_context_default_params()`,
    ),
    createContext: declare<LlamaApi['createContext']>(
      llama,
      'void* llama_init_from_model(void*, llama_context_params)',
    ),
    freeContext: declare<LlamaApi['freeContext']>(llama, 'void llama_free(void*)'),
    decode: declare<LlamaApi['decode']>(llama, `int32 llama_decode(void*, ${batchLayout.name})`),
    loadAdapter: declare<LlamaApi['loadAdapter']>(llama, 'void* llama_adapter_lora_init(void*, str)'),
    setAdapters: declare<LlamaApi['setAdapters']>(llama, 'int32 llama_set_adapters_lora(void*, void*, size_t, void*)'),
    setThreads: declare<LlamaApi['setThreads']>(llama, 'void llama_set_n_threads(void*, int32, int32)'),
    setAbort: declare<LlamaApi['setAbort']>(llama, 'void llama_set_abort_callback(void*, void*, void*)'),
    logitsAt: declare<LlamaApi['logitsAt']>(llama, 'void* llama_get_logits_ith(void*, int32)'),
    embeddingsOf: declare<LlamaApi['embeddingsOf']>(llama, 'void* llama_get_embeddings_seq(void*, int32)'),
    contextPooling: declare<LlamaApi['contextPooling']>(llama, 'int32 llama_pooling_type(void*)'),
    memoryOf: declare<LlamaApi['memoryOf']>(llama, 'void* llama_get_memory(void*)'),
    sequenceRemove: declare<LlamaApi['sequenceRemove']>(llama, 'bool llama_memory_seq_rm(void*, int32, int32, int32)'),
    sequenceFirst: declare<LlamaApi['sequenceFirst']>(llama, 'int32 llama_memory_seq_pos_min(void*, int32)'),
    stateSize: declare<LlamaApi['stateSize']>(llama, 'size_t llama_state_seq_get_size_ext(void*, int32, uint32)'),
    stateGet: declare<LlamaApi['stateGet']>(
      llama,
      'size_t llama_state_seq_get_data_ext(void*, void*, size_t, int32, uint32)',
    ),
    stateSet: declare<LlamaApi['stateSet']>(
      llama,
      'size_t llama_state_seq_set_data_ext(void*, void*, size_t, int32, uint32)',
    ),
  };
}

function bindVocabulary(llama: Library) {
  const numberOf = (name: string) => declare<(vocabulary: NativePointer) => number>(llama, `int32 ${name}(void*)`);
  return {
    vocabularyOf: declare<LlamaApi['vocabularyOf']>(llama, 'void* llama_model_get_vocab(void*)'),
    vocabularyType: numberOf('llama_vocab_type'),
    vocabularySize: numberOf('llama_vocab_n_tokens'),
    tokenText: declare<LlamaApi['tokenText']>(llama, 'str llama_vocab_get_text(void*, int32)'),
    tokenAttributes: declare<LlamaApi['tokenAttributes']>(llama, 'int32 llama_vocab_get_attr(void*, int32)'),
    isEndOfGeneration: declare<LlamaApi['isEndOfGeneration']>(llama, 'bool llama_vocab_is_eog(void*, int32)'),
    beginToken: numberOf('llama_vocab_bos'),
    endToken: numberOf('llama_vocab_eos'),
    separatorToken: numberOf('llama_vocab_sep'),
    addsEnd: declare<LlamaApi['addsEnd']>(llama, 'bool llama_vocab_get_add_eos(void*)'),
    addsSeparator: declare<LlamaApi['addsSeparator']>(llama, 'bool llama_vocab_get_add_sep(void*)'),
    infillPrefix: numberOf('llama_vocab_fim_pre'),
    infillSuffix: numberOf('llama_vocab_fim_suf'),
    infillMiddle: numberOf('llama_vocab_fim_mid'),
    infillRepository: numberOf('llama_vocab_fim_rep'),
    infillFile: numberOf('llama_vocab_fim_sep'),
    addsBegin: declare<LlamaApi['addsBegin']>(llama, 'bool llama_vocab_get_add_bos(void*)'),
    tokenize: declare<LlamaApi['tokenize']>(
      llama,
      'int32 llama_tokenize(void*, void*, int32, void*, int32, bool, bool)',
    ),
    detokenize: declare<LlamaApi['detokenize']>(
      llama,
      'int32 llama_detokenize(void*, void*, int32, void*, int32, bool, bool)',
    ),
  };
}

/** C's own functions: memory in JavaScript may not be shared with native code everywhere (Electron), copies may. */
function bindMemory() {
  const runtime = koffi.load(process.platform === 'win32' ? 'msvcrt.dll' : null);
  const allocate = declare<(count: number, bytes: number) => NativePointer>(runtime, 'void* calloc(size_t, size_t)');
  return {
    strlenAddress: findStrlen(runtime),
    viewFloats,
    copyOut: declare<LlamaApi['copyOut']>(runtime, 'void* memcpy(void*, void*, size_t)'),
    copyIn: declare<LlamaApi['copyIn']>(runtime, 'void* memcpy(void*, void*, size_t)'),
    allocate: (bytes: number) => allocate(1, bytes),
    release: declare<LlamaApi['release']>(runtime, 'void free(void*)'),
  };
}

function viewFloats(source: bigint, count: number): Float32Array | undefined {
  try {
    return new Float32Array(koffi.view(source, count * Float32Array.BYTES_PER_ELEMENT));
  } catch {
    return undefined;
  }
}

function findStrlen(runtime: Library): NativePointer {
  if (process.platform !== 'win32') {
    return declare<(handle: null, name: string) => NativePointer>(runtime, 'void* dlsym(void*, str)')(null, 'strlen');
  }
  const kernel = koffi.load('kernel32.dll');
  const moduleOf = declare<(name: string) => NativePointer>(kernel, 'void* GetModuleHandleA(str)');
  const find = declare<(module: NativePointer, name: string) => NativePointer>(
    kernel,
    'void* GetProcAddress(void*, str)',
  );
  return find(moduleOf('msvcrt.dll'), 'strlen');
}
