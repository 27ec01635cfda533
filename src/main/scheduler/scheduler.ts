import type { EnginePlacement, LoadOptions, ModelRecord, ModelState, ModelTrust } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Emitter, systemClock, type Clock, type Logger } from '../base/index.ts';
import { isFailedStart, type Engine, type EngineInstance } from '../engine-port/index.ts';
import { ContextNeeds } from './context-needs.ts';
import { CrashHistory } from './crash-history.ts';
import { chooseVictim } from './eviction-policy.ts';
import type { FileTrust } from './file-trust.ts';
import { InstancePool, type PoolRequest } from './instance-pool.ts';
import type { Lease } from './lease.ts';
import type { MachineFacts } from './machine-facts.ts';
import { ModelLoader } from './model-loader.ts';
import type { KeepAliveMs, PooledModel } from './pooled-model.ts';
import { mostCrashes } from './restart-policy.ts';

export interface SchedulerOptions {
  engines: Partial<Record<EnginePlacement, Engine>>;
  settings: () => Settings;
  fileTrust: FileTrust;
  machine: MachineFacts;
  /** Folder for key/value state of earlier conversations. Absent: none is kept. */
  stateFolder?: string;
  /** File that remembers how much context each model needed. Absent: that is forgotten with the process. */
  contextNeedsFile?: string;
  logger: Logger;
  clock?: Clock;
}

export interface AcquireRequest {
  model: ModelRecord;
  /** Absent fields are chosen from settings, model and machine; present ones reload an idle model that differs. */
  loadOptions?: LoadOptions;
  /** Tokens a sequence should hold at least: an idle model with less is loaded again with as many as fit. Default 0. */
  minimumContextSize?: number;
  /** Idle time after this request; default: the setting `idleUnloadMinutes`. */
  keepAliveMs?: KeepAliveMs;
  signal: AbortSignal;
  /** 0 to 1, while this request waits for the load. */
  onProgress?: (progress: number) => void;
}

interface UnloadOptions {
  force?: boolean;
  whenIdle?: boolean;
}

export interface Scheduler {
  /**
   * The right to use the model, loaded when it was not. Errors: `model-quarantined`, `memory-insufficient`,
   * `engine-crashed`, those of the load, `cancelled`, `shutting-down`.
   */
  acquire(request: AcquireRequest): Promise<Lease>;
  /** Loads without using: same errors. An aborted load that nobody else waits for is ended. */
  load(request: AcquireRequest): Promise<void>;
  /**
   * Frees the model; does nothing when it is not loaded. In use and not forced: `model-in-use`, or with `whenIdle` it
   * goes when the requests that run on it have ended.
   */
  unload(modelId: string, options?: UnloadOptions): Promise<void>;
  /** Every model that is not simply unloaded. */
  states(): Map<string, ModelState>;
  /** The engine of a loaded model, for figures and probes: loads nothing and leaves the idle timer alone. */
  peek(modelId: string): EngineInstance | undefined;
  /** Called after every change of `states` or `activity`. */
  onChange(listener: () => void): () => void;
  activity(): { activeRequests: number; queuedRequests: number };
  /** Ends everything: what runs is cancelled, every model unloaded. Idempotent. */
  stop(): Promise<void>;
}

/** Decides what is loaded, where it runs and what makes room, and hands out leases on it. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new ModelScheduler(options);
}

class ModelScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #pool: InstancePool;
  readonly #history = new CrashHistory();
  readonly #changed = new Emitter<undefined>();
  /** Cancels restarts that wait for their back-off. */
  readonly #restarts = new Set<() => void>();
  #isStopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const needs = new ContextNeeds({ file: options.contextNeedsFile, logger: options.logger });
    const loader = new ModelLoader({ ...options, needs, evictOne: () => this.#evictOne() });
    this.#pool = new InstancePool({
      clock: this.#clock,
      logger: options.logger,
      beforeUnload: (model, stats) => needs.note(model.id, stats),
      load: async (pooled, observer) => {
        const instance = await loader.load(pooled, observer);
        await this.#onLoaded(pooled);
        return instance;
      },
      onChange: () => this.#changed.emit(undefined),
      onLoadFailed: (pooled, error) => this.#onLoadFailed(pooled, error),
      onCrash: (pooled, message) => this.#onCrash(pooled, message),
    });
  }

  async acquire(wish: AcquireRequest): Promise<Lease> {
    const { model, loadOptions = {}, minimumContextSize = 0, signal, onProgress = ignore } = wish;
    const keepAliveMs = wish.keepAliveMs ?? this.#defaultKeepAliveMs();
    const request: PoolRequest = { model, loadOptions, minimumContextSize, keepAliveMs };
    for (;;) {
      this.#requireRunning();
      if (signal.aborted) throw new AppError('cancelled', 'The request was cancelled.');
      const lease = this.#pool.leaseLoaded(request);
      if (lease) return lease;
      if (await this.#waitForRestart(model, signal)) continue;
      const lateLease = await this.#pool.leaseAfterLoad(request, { signal, onProgress });
      if (lateLease) return lateLease;
    }
  }

  async load(request: AcquireRequest): Promise<void> {
    try {
      const lease = await this.acquire(request);
      lease.release();
    } catch (error) {
      const pooled = this.#pool.find(request.model.id);
      if (request.signal.aborted && pooled?.phase.name === 'loading' && !pooled.isInUse)
        await this.#pool.unload(pooled);
      throw error;
    }
  }

  async unload(modelId: string, { force = false, whenIdle = false }: UnloadOptions = {}): Promise<void> {
    this.#history.clearFailure(modelId);
    const pooled = this.#pool.find(modelId);
    if (!pooled) return this.#changed.emit(undefined);
    if (pooled.isInUse && whenIdle) {
      pooled.leavesWhenIdle = true;
      return;
    }
    if (pooled.isInUse && !force) {
      throw new AppError('model-in-use', `${modelId} is answering ${pooled.leases + pooled.waiters} request(s).`, {
        hint: 'Wait until they end, or unload by force.',
        data: { model: modelId, activeRequests: pooled.leases },
      });
    }
    await this.#pool.unload(pooled);
  }

  states(): Map<string, ModelState> {
    const states = new Map<string, ModelState>(this.#history.failures());
    for (const pooled of this.#pool.all()) states.set(pooled.model.id, pooled.toState());
    return states;
  }

  peek(modelId: string): EngineInstance | undefined {
    const phase = this.#pool.find(modelId)?.phase;
    return phase?.name === 'loaded' ? phase.instance : undefined;
  }

  onChange(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  activity(): { activeRequests: number; queuedRequests: number } {
    let activeRequests = 0;
    let queuedRequests = 0;
    for (const { leases, waiters, slots } of this.#pool.all()) {
      activeRequests += Math.min(leases, slots);
      queuedRequests += waiters + Math.max(0, leases - slots);
    }
    return { activeRequests, queuedRequests };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#restarts) cancel();
    this.#restarts.clear();
    await Promise.all(this.#pool.all().map((pooled) => this.#pool.unload(pooled)));
  }

  #requireRunning(): void {
    if (this.#isStopped) throw new AppError('shutting-down', 'Impetus is shutting down.');
  }

  #defaultKeepAliveMs(): KeepAliveMs {
    const { idleUnloadMinutes } = this.#options.settings();
    return idleUnloadMinutes < 0 ? -1 : idleUnloadMinutes * 60_000;
  }

  /** Before a model that crashed starts again: its back-off (then true), or the refusal. */
  async #waitForRestart(model: ModelRecord, signal: AbortSignal): Promise<boolean> {
    this.#history.noteQuarantine(model.id, model.trust === 'quarantined');
    if (model.trust === 'quarantined') throw toQuarantineError(model);
    if (this.#pool.find(model.id)) return false;
    const verdict = this.#history.judgeRestart(model.id, this.#clock.monotonic());
    if (verdict.action === 'refuse') throw toRefusal(model, verdict.retryAfterMs);
    if (verdict.delayMs === 0) return false;
    await this.#sleep(verdict.delayMs, signal);
    return true;
  }

  /** Ends early when the signal aborts. */
  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.#clock.setTimer(milliseconds, wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  async #evictOne(): Promise<boolean> {
    const victim = this.#pool.find(chooseVictim(this.#pool.candidates()) ?? '');
    if (!victim) return false;
    this.#options.logger.info({ room: 'scheduler', model: victim.model.id }, 'model is unloaded to make room');
    await this.#pool.unload(victim);
    return true;
  }

  async #onLoaded({ model }: PooledModel): Promise<void> {
    this.#history.clearFailure(model.id);
    if (model.trust === 'new') await this.#setTrust(model.id, 'proven');
  }

  #onLoadFailed({ model }: PooledModel, error: AppError): void {
    if (error.code === 'cancelled') return;
    this.#history.recordFailure(model.id, error);
    this.#options.logger.warn(
      { room: 'scheduler', model: model.id, code: error.code, err: error },
      'model did not load',
    );
    if (error.code === 'engine-crashed') this.#recordCrash(model, !isFailedStart(error));
  }

  #onCrash(pooled: PooledModel, message: string): void {
    const { model } = pooled;
    this.#history.recordFailure(model.id, new AppError('engine-crashed', message));
    this.#options.logger.error({ room: 'scheduler', model: model.id, reason: message }, 'engine crashed');
    const isQuarantined = this.#recordCrash(model, true);
    const isWanted = pooled.isPinned || this.#options.settings().defaultModel === model.id;
    if (isWanted && !isQuarantined && !this.#isStopped) this.#restart(pooled);
  }

  /** Returns true when the file goes into quarantine. */
  #recordCrash(model: ModelRecord, blamesFile: boolean): boolean {
    const isTooMany = this.#history.recordCrash(model.id, { at: this.#clock.monotonic(), blamesFile });
    if (isTooMany) void this.#setTrust(model.id, 'quarantined');
    return isTooMany;
  }

  async #setTrust(modelId: string, trust: ModelTrust): Promise<void> {
    try {
      await this.#options.fileTrust.setTrust(modelId, trust);
      this.#options.logger.info({ room: 'scheduler', model: modelId, trust }, 'trust in the file changed');
    } catch (error) {
      this.#options.logger.error({ room: 'scheduler', model: modelId, trust, err: error }, 'trust could not be stored');
    }
  }

  /** Loads a crashed model again without a request, after its back-off. */
  #restart({ model, loadOptions, minimumContextSize, keepAliveMs }: PooledModel): void {
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    this.#restarts.add(cancel);
    this.load({ model, loadOptions, minimumContextSize, keepAliveMs, signal: controller.signal })
      .catch((error: unknown) => this.#options.logger.debug({ room: 'scheduler', err: error }, 'restart gave up'))
      .finally(() => this.#restarts.delete(cancel));
  }
}

function toQuarantineError({ id, path }: ModelRecord): AppError {
  return new AppError('model-quarantined', `${id} is in quarantine: it crashed the engine ${mostCrashes} times.`, {
    hint: `Replace the file (${path}), or give it another try: impetus release ${id}`,
    data: { model: id },
  });
}

function toRefusal({ id }: ModelRecord, retryAfterMs: number): AppError {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
  return new AppError(
    'engine-crashed',
    `The engine of ${id} crashed ${mostCrashes} times within 5 minutes and is not started again for now.`,
    {
      hint: `Try again in ${retryAfterSeconds} s; the log tells why it crashed.`,
      data: { model: id, retryAfterSeconds },
    },
  );
}

function ignore(): void {
  // Nobody asked for progress.
}
