import type { LoadOptions, ModelRecord, ModelState } from '#shared/domain/model.ts';
import type { EngineInstance } from '../engine-port/index.ts';
import type { PartialSampling } from './generation-defaults.ts';

/** What the user settled for one model (`models.d/<id>.json`). */
export interface ModelOverrides {
  load?: LoadOptions | undefined;
  sampling?: PartialSampling | undefined;
}

/** The part of the library that answering requests needs. */
export interface ModelLibrary {
  list(): ModelRecord[];
  /** Undefined means the default model. Throws `model-not-found`, `no-default-model`, `model-file-missing`. */
  resolve(name: string | undefined): ModelRecord;
  modelSettings(id: string): ModelOverrides;
}

export interface AcquireRequest {
  model: ModelRecord;
  loadOptions: LoadOptions;
  keepAliveMs?: number;
  signal: AbortSignal;
}

/** The right to use a loaded model for one request. */
export interface ModelLease {
  readonly instance: EngineInstance;
  release(): void;
}

/** The part of the scheduler that answering requests needs. */
export interface ModelScheduler {
  /** Waits for the model to be in memory. Throws `model-load-failed`, `memory-insufficient`, `cancelled`, … */
  acquire(request: AcquireRequest): Promise<ModelLease>;
  states(): ReadonlyMap<string, ModelState>;
  /** A model that is in memory, for figures and probes: loads nothing and leaves the keep-alive alone. */
  peek(id: string): EngineInstance | undefined;
}
