import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import type {
  EmbedResult,
  EmbedTask,
  GenerationTask,
  InstanceClosed,
  InstanceInfo,
  InstanceStats,
  RenderResult,
  RenderTask,
  RerankResult,
  RerankTask,
  ResolvedLoadOptions,
  TokenizeTask,
  TokenizeResult,
} from './engine-messages.ts';

export type LoadVerdict = { canLoad: true } | { canLoad: false; reason: string };

export interface LoadRequest {
  model: ModelRecord;
  options: ResolvedLoadOptions;
}

export interface LoadObserver {
  /** Aborting rejects `load` with the code `cancelled` and frees what was taken. */
  signal: AbortSignal;
  /** 0 to 1, at most ten times a second. */
  onProgress(progress: number): void;
}

/**
 * An engine loads models of some formats. Arguments and events are plain data (schemas in `engine-messages.ts`), so an
 * engine can run in this process or in a child without a change; one conformance suite holds for all of them.
 */
export interface Engine {
  readonly id: string;
  canLoad(model: ModelRecord): LoadVerdict;
  /** Loads what every load needs, so that the next one is quicker. Errors: those of a load. */
  prepare?(gpu: ResolvedLoadOptions['gpu']): Promise<void>;
  /** Errors: `model-load-failed`, `model-file-missing`, `memory-insufficient`, `engine-crashed`, `cancelled`. */
  load(request: LoadRequest, observer: LoadObserver): Promise<EngineInstance>;
}

/** One model in memory. */
export interface EngineInstance {
  readonly info: InstanceInfo;
  /**
   * Yields `start`, then progress and text, then `finish`. Throws before `start` for a fault of the request
   * (`context-overflow`, `template-failed`); throws `engine-crashed` when the engine dies, `cancelled` on abort.
   * Returning early (`break`) cancels within one step. Back-pressure: a slow reader never blocks other requests.
   */
  generate(task: GenerationTask, signal: AbortSignal): AsyncIterable<GenerationEvent>;
  tokenize(task: TokenizeTask): Promise<TokenizeResult>;
  /** The text a prompt becomes, and its tokens counted. Errors: as `generate` before `start`, but for its length. */
  render(task: RenderTask): Promise<RenderResult>;
  /** Text of the tokens; special tokens are written out. */
  detokenize(tokens: number[]): Promise<string>;
  /**
   * Vectors of texts, pooled as the model says (the mean of all tokens where it says nothing). Many inputs are computed
   * together. Errors: `context-overflow` for an input that is too long, `invalid-request` for an empty one.
   */
  embed(task: EmbedTask, signal: AbortSignal): Promise<EmbedResult>;
  /**
   * How well documents answer a query. Many are computed together. Errors: `capability-missing` for a model that was not
   * made for it, `context-overflow` for a document that is too long.
   */
  rerank(task: RerankTask, signal: AbortSignal): Promise<RerankResult>;
  stats(): Promise<InstanceStats>;
  /** Drops the key/value state that no running request uses, wherever it is kept. */
  forgetState(): Promise<void>;
  /** Resolves once: after `dispose`, or when the engine's process died. Never rejects. */
  readonly closed: Promise<InstanceClosed>;
  /** Cancels what runs and frees the memory. Idempotent. */
  dispose(): Promise<void>;
}
