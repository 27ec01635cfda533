import koffi from 'koffi';

/**
 * The structures of llama.h as the pinned libraries (node-llama-cpp 3.22.1) lay them out. They are passed by value, so
 * a wrong field is a crash: `checkLayouts` compares the library's own defaults with what they must be, and
 * test/native/llama-api.test.ts compares offsets with the C header.
 */
export const modelParameters = koffi.struct('llama_model_params', {
  devices: 'void*',
  tensor_buft_overrides: 'void*',
  n_gpu_layers: 'int32',
  split_mode: 'int32',
  load_mode: 'int32',
  lazy_mode: 'int32',
  main_gpu: 'int32',
  tensor_split: 'void*',
  progress_callback: 'void*',
  progress_callback_user_data: 'void*',
  kv_overrides: 'void*',
  vocab_only: 'bool',
  check_tensors: 'bool',
  use_extra_bufts: 'bool',
  no_host: 'bool',
  no_alloc: 'bool',
  load_mtp: 'bool',
});

export const contextParameters = koffi.struct('llama_context_params', {
  n_ctx: 'uint32',
  n_batch: 'uint32',
  n_ubatch: 'uint32',
  n_seq_max: 'uint32',
  n_rs_seq: 'uint32',
  n_outputs_max: 'uint32',
  n_outputs_max_per_seq: 'uint32',
  n_threads: 'int32',
  n_threads_batch: 'int32',
  ctx_type: 'int32',
  rope_scaling_type: 'int32',
  pooling_type: 'int32',
  attention_type: 'int32',
  flash_attn_type: 'int32',
  rope_freq_base: 'float',
  rope_freq_scale: 'float',
  yarn_ext_factor: 'float',
  yarn_attn_factor: 'float',
  yarn_beta_fast: 'float',
  yarn_beta_slow: 'float',
  yarn_orig_ctx: 'uint32',
  defrag_thold: 'float',
  cb_eval: 'void*',
  cb_eval_user_data: 'void*',
  type_k: 'int32',
  type_v: 'int32',
  abort_callback: 'void*',
  abort_callback_data: 'void*',
  embeddings: 'bool',
  offload_kqv: 'bool',
  no_perf: 'bool',
  op_offload: 'bool',
  swa_full: 'bool',
  kv_unified: 'bool',
  samplers: 'void*',
  n_samplers: 'size_t',
  ctx_other: 'void*',
});

export const batchLayout = koffi.struct('llama_batch', {
  n_tokens: 'int32',
  token: 'void*',
  embd: 'void*',
  pos: 'void*',
  n_seq_id: 'void*',
  seq_id: 'void*',
  logits: 'void*',
});

/** An address in native memory; null and 0n stand for none. */
export type NativePointer = bigint | null;

export interface ModelParameters {
  n_gpu_layers: number;
  progress_callback: NativePointer;
  vocab_only: boolean;
  use_extra_bufts: boolean;
  [field: string]: unknown;
}

export interface ContextParameters {
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_seq_max: number;
  n_threads: number;
  n_threads_batch: number;
  pooling_type: number;
  attention_type: number;
  flash_attn_type: number;
  type_k: number;
  type_v: number;
  abort_callback: NativePointer;
  abort_callback_data: NativePointer;
  embeddings: boolean;
  no_perf: boolean;
  op_offload: boolean;
  offload_kqv: boolean;
  swa_full: boolean;
  kv_unified: boolean;
  [field: string]: unknown;
}

export interface NativeBatch {
  n_tokens: number;
  token: NativePointer;
  embd: NativePointer;
  pos: NativePointer;
  n_seq_id: NativePointer;
  seq_id: NativePointer;
  logits: NativePointer;
}

/** The library's own defaults; another value means that a field lies elsewhere. */
const expectedDefaults = {
  n_ctx: 512,
  n_batch: 2048,
  n_ubatch: 512,
  n_seq_max: 1,
  rope_scaling_type: -1,
  pooling_type: -1,
  attention_type: -1,
  flash_attn_type: -1,
  yarn_ext_factor: -1,
  yarn_beta_fast: -1,
  yarn_orig_ctx: 0,
  type_k: 1,
  type_v: 1,
  embeddings: false,
  offload_kqv: true,
  op_offload: true,
  swa_full: true,
  kv_unified: false,
  n_samplers: 0,
} as const;

/** The first field whose default is not what it must be; undefined when the layout fits. */
export function findLayoutFault(defaults: ContextParameters): string | undefined {
  return Object.entries(expectedDefaults).find(([field, value]) => toPlain(defaults[field]) !== value)?.[0];
}

function toPlain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
