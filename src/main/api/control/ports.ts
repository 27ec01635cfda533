import type { CacheReport } from '#shared/domain/cache-report.ts';
import type { NormalizerRule } from '#shared/domain/prompt-normalizer.ts';
import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import type { LoadOptions, ModelOverrides, ModelRecord, ModelSummary, ModelTrust } from '#shared/domain/model.ts';
import type { Passport, PassportEvent } from '#shared/domain/passport.ts';
import type { ServerState } from '#shared/domain/server-state.ts';

/** What the handlers ask of the library. */
export interface ModelLibrary {
  /** Errors: `model-not-found` with the nearest names, `no-default-model`. */
  resolve(name: string | undefined): ModelRecord;
  /** What the user settled for one model. */
  modelSettings(id: string): ModelOverrides;
  /** By name alone, whether or not its file is there. Errors: `model-not-found`. */
  require(name: string): ModelRecord;
  import(path: string, options: { signal: AbortSignal }): Promise<ModelRecord>;
  forget(id: string): void | Promise<void>;
  setTrust(id: string, trust: ModelTrust): void;
  onChange(listener: () => void): () => void;
}

/** What the handlers ask of the scheduler. */
export interface ModelMemory {
  load(request: { model: ModelRecord; loadOptions: LoadOptions; signal: AbortSignal }): Promise<unknown>;
  /** In use and not forced: `model-in-use`. */
  unload(id: string, options: { force: boolean }): Promise<void>;
  onChange(listener: () => void): () => void;
}

/** What the handlers ask of inference. */
export interface Generation {
  generate(
    request: GenerationRequest,
    options: { signal: AbortSignal; requestId: string },
  ): AsyncIterable<GenerationEvent>;
  /** Catalog and memory joined: in memory first, then the default, then by name. */
  listModels(): ModelSummary[];
  findModel(name: string): ModelSummary;
}

/** The running app as a whole, given by the composition root. */
export interface ServerControl {
  state(): ServerState;
  /** Called after every change of the state; returns the unsubscribe function. */
  subscribe(listener: () => void): () => void;
  pause(): void | Promise<void>;
  resume(): void | Promise<void>;
  /** Begins the end of the process; returns before it. */
  shutdown(): void;
}

/** What is kept of conversations, given by the composition root. */
export interface CacheControl {
  report(): Promise<CacheReport>;
  clear(): Promise<void>;
  /** Adds the rule or takes it away; gives all of them. */
  normalize(rule: NormalizerRule, isOn: boolean): Promise<NormalizerRule[]>;
}

/** What is known of models by measurement, given by the composition root. */
export interface PassportControl {
  /** Tests everything anew. Errors: `model-not-found`, those of a load, `cancelled`. */
  test(model: string, options: { signal: AbortSignal; onEvent: (event: PassportEvent) => void }): Promise<Passport>;
  /** Null: not measured yet. Errors: `model-not-found`. */
  find(model: string): Passport | null;
  /** False: another build of the engine was measured. */
  isCurrent(passport: Passport): boolean;
  onChange(listener: () => void): () => void;
}

/** Who lets browsers in. Absent where nothing is served over HTTP. */
export interface BrowserAccess {
  /** A code for `/ui?code=…`: works once, for 60 seconds. */
  mintCode(): string;
}
