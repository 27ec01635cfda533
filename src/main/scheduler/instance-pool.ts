import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import { abortable, type Clock, type Logger } from '../base/index.ts';
import type { EngineInstance, InstanceStats, LoadObserver } from '../engine-port/index.ts';
import type { EvictionCandidate } from './eviction-policy.ts';
import { createLease, type Lease } from './lease.ts';
import { PooledModel, type KeepAliveMs } from './pooled-model.ts';

export interface PoolOptions {
  clock: Clock;
  logger: Logger;
  load(pooled: PooledModel, observer: LoadObserver): Promise<EngineInstance>;
  /** Told what an instance has seen before it goes. Never rejects. */
  beforeUnload(model: ModelRecord, stats: InstanceStats): Promise<void>;
  /** Called after every change of a model's state. */
  onChange(): void;
  onLoadFailed(pooled: PooledModel, error: AppError): void;
  /** A loaded model's engine died. */
  onCrash(pooled: PooledModel, message: string): void;
}

export interface PoolRequest {
  model: ModelRecord;
  loadOptions: LoadOptions;
  /** Tokens a sequence should hold at least. */
  minimumContextSize: number;
  keepAliveMs: KeepAliveMs;
}

interface Entry {
  pooled: PooledModel;
  /** Settles when the load has; rejects with its error. */
  ready: Promise<void>;
  /** Resolves when the model has left the pool. */
  gone: Promise<void>;
  leave: () => void;
}

/** How long an instance that is to go may take to say what it has seen, in ms. */
const farewellMs = 500;

/** The models in memory, by id: each is loaded once however many ask, and unloaded when its idle time is over. */
export class InstancePool {
  readonly #options: PoolOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  all(): PooledModel[] {
    return [...this.#entries.values()].map(({ pooled }) => pooled);
  }

  find(modelId: string): PooledModel | undefined {
    return this.#entries.get(modelId)?.pooled;
  }

  /** A lease on the model if it is loaded as asked or in use as it is; else undefined. */
  leaseLoaded(request: PoolRequest): Lease | undefined {
    const pooled = this.find(request.model.id);
    if (pooled?.phase.name !== 'loaded') return undefined;
    const { instance } = pooled.phase;
    if (!pooled.isInUse && !isAsWanted(pooled, instance, request)) return undefined;
    return this.#lease(pooled, instance, request.keepAliveMs);
  }

  /**
   * Starts the load or waits for the one that runs, and leases. Undefined when the model had to leave first (it was
   * being unloaded, or is loaded otherwise): ask again. Errors: those of the load, and `cancelled` on abort.
   */
  async leaseAfterLoad(request: PoolRequest, observer: LoadObserver): Promise<Lease | undefined> {
    const entry = this.#entries.get(request.model.id) ?? this.#start(request);
    const { pooled } = entry;
    if (pooled.phase.name !== 'loading') {
      await abortable(this.unload(pooled), observer.signal);
      return undefined;
    }
    pooled.waiters++;
    const unsubscribe = pooled.progressed.subscribe((progress) => observer.onProgress(progress));
    try {
      await abortable(entry.ready, observer.signal);
      return this.leaseLoaded(request);
    } finally {
      unsubscribe();
      pooled.waiters--;
      this.#rest(pooled);
    }
  }

  candidates(): EvictionCandidate[] {
    return this.all()
      .filter(({ phase }) => phase.name === 'loaded')
      .map(({ model, isInUse, isPinned, lastUsedAt }) => ({ id: model.id, isInUse, isPinned, lastUsedAt }));
  }

  /** Cancels a load or frees a loaded model; resolves when its memory is free. */
  async unload(pooled: PooledModel): Promise<void> {
    const entry = this.#entries.get(pooled.model.id);
    if (entry?.pooled !== pooled) return;
    pooled.stopIdleTimer();
    pooled.loadController.abort();
    if (pooled.phase.name === 'loaded') {
      const { instance } = pooled.phase;
      pooled.phase = { name: 'unloading' };
      this.#options.onChange();
      await this.#sayGoodbye(pooled.model, instance);
      await this.#dispose(instance);
      this.#remove(entry);
    }
    await entry.gone;
  }

  /** An instance that does not answer in time is not asked again. */
  async #sayGoodbye(model: ModelRecord, instance: EngineInstance): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#options.clock.setTimer(farewellMs, () => late.resolve(undefined));
    try {
      const stats = await Promise.race([instance.stats(), late.promise]);
      if (stats) await this.#options.beforeUnload(model, stats);
    } catch {
      // It is going anyway.
    } finally {
      cancel();
    }
  }

  /** A failed unload is logged and the model forgotten: nobody could do more about it. */
  async #dispose(instance: EngineInstance): Promise<void> {
    try {
      await instance.dispose();
    } catch (error) {
      this.#options.logger.error({ room: 'scheduler', model: instance.info.modelId, err: error }, 'unloading failed');
    }
  }

  #start(request: PoolRequest): Entry {
    const pooled = new PooledModel(request, this.#options.clock);
    let leave = (): void => undefined;
    const gone = new Promise<void>((resolve) => (leave = resolve));
    const entry: Entry = { pooled, gone, leave, ready: Promise.resolve() };
    this.#entries.set(request.model.id, entry);
    entry.ready = this.#load(entry);
    // Those who wait see the error; when nobody does, the state tells.
    entry.ready.catch(() => undefined);
    this.#options.onChange();
    return entry;
  }

  async #load(entry: Entry): Promise<void> {
    const { pooled } = entry;
    try {
      const instance = await this.#options.load(pooled, {
        signal: pooled.loadController.signal,
        onProgress: (progress) => this.#progress(pooled, progress),
      });
      if (pooled.loadController.signal.aborted) {
        await this.#dispose(instance);
        throw new AppError('cancelled', `Loading ${pooled.model.id} was cancelled.`);
      }
      pooled.phase = { name: 'loaded', instance };
      pooled.touch();
      void this.#watch(entry, instance);
      this.#rest(pooled);
      this.#options.onChange();
    } catch (error) {
      const failure = toAppError(error);
      this.#options.onLoadFailed(pooled, failure);
      this.#remove(entry);
      throw failure;
    }
  }

  #progress(pooled: PooledModel, progress: number): void {
    if (pooled.phase.name !== 'loading') return;
    pooled.phase = { name: 'loading', progress };
    pooled.progressed.emit(progress);
    this.#options.onChange();
  }

  async #watch(entry: Entry, instance: EngineInstance): Promise<void> {
    const closed = await instance.closed;
    if (closed.reason !== 'crashed' || entry.pooled.phase.name !== 'loaded') return;
    entry.pooled.stopIdleTimer();
    // Out of the pool first: nobody may lease what is dead.
    this.#entries.delete(entry.pooled.model.id);
    this.#options.onCrash(entry.pooled, closed.message);
    entry.leave();
    this.#options.onChange();
  }

  #lease(pooled: PooledModel, instance: EngineInstance, keepAliveMs: KeepAliveMs): Lease {
    pooled.leases++;
    pooled.leavesWhenIdle = false;
    pooled.touch();
    pooled.stopIdleTimer();
    this.#options.onChange();
    return createLease(instance, () => {
      pooled.leases--;
      pooled.keepAliveMs = keepAliveMs;
      pooled.touch();
      this.#rest(pooled);
      this.#options.onChange();
    });
  }

  /** When nobody uses the model any more its idle time begins. */
  #rest(pooled: PooledModel): void {
    if (pooled.isInUse || pooled.phase.name !== 'loaded' || this.find(pooled.model.id) !== pooled) return;
    if (pooled.keepAliveMs === 0 || pooled.leavesWhenIdle) return void this.unload(pooled);
    pooled.startIdleTimer(() => void this.unload(pooled));
  }

  #remove(entry: Entry): void {
    if (this.#entries.get(entry.pooled.model.id) !== entry) return;
    this.#entries.delete(entry.pooled.model.id);
    entry.leave();
    this.#options.onChange();
  }
}

/** What was loaded for as large a context is as large as it can be. */
function isAsWanted(pooled: PooledModel, { info }: EngineInstance, wanted: PoolRequest): boolean {
  const { minimumContextSize } = wanted;
  const isLargeEnough = info.contextSize >= minimumContextSize || pooled.minimumContextSize >= minimumContextSize;
  return isLargeEnough && isSatisfied(pooled.loadOptions, wanted.loadOptions);
}

/** True when a model loaded with `given` serves a request that wants `wanted`: nothing it names was chosen otherwise. */
function isSatisfied(given: LoadOptions, wanted: LoadOptions): boolean {
  return (Object.keys(wanted) as (keyof LoadOptions)[]).every(
    (key) => wanted[key] === undefined || given[key] === wanted[key],
  );
}
