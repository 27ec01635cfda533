import type { EnginePlacement, ModelRecord } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { abortable, Mutex, type Logger } from '../base/index.ts';
import {
  isFailedStart,
  isOutOfMemory,
  requireEngineFor,
  type Engine,
  type EngineInstance,
  type LoadObserver,
} from '../engine-port/index.ts';
import { checkAdapters } from './check-adapters.ts';
import { choosePlacement, type Placement } from './choose-placement.ts';
import type { ContextNeeds } from './context-needs.ts';
import { readFreeBytes, type MachineFacts } from './machine-facts.ts';
import { planLoad, type LoadPlan } from './plan-load.ts';
import type { PooledModel } from './pooled-model.ts';

export interface ModelLoaderOptions {
  engines: Partial<Record<EnginePlacement, Engine>>;
  settings: () => Settings;
  machine: MachineFacts;
  logger: Logger;
  /** Folder for key/value state of earlier conversations. Absent: none is kept. */
  stateFolder?: string | undefined;
  /** What requests to each model needed of late. */
  needs: Pick<ContextNeeds, 'of'>;
  /** Unloads one idle model, the one least worth keeping; false when there is none. */
  evictOne: () => Promise<boolean>;
}

/** One load after the other, so that two never count on the same memory: fit, make room, choose the place, load. */
export class ModelLoader {
  readonly #options: ModelLoaderOptions;
  readonly #turn = new Mutex();
  /** Why no child can be started; then everything runs in the main process. */
  #childFault: string | undefined;

  constructor(options: ModelLoaderOptions) {
    this.#options = options;
  }

  async load(pooled: PooledModel, observer: LoadObserver): Promise<EngineInstance> {
    const turn = Promise.withResolvers<undefined>();
    const instance = this.#turn.run(async () => {
      turn.resolve(undefined);
      return this.#loadNow(pooled, observer);
    });
    // Whoever stops waiting for the turn need not wait for the loads before it.
    instance.catch(() => undefined);
    await abortable(turn.promise, observer.signal);
    return instance;
  }

  async #loadNow(pooled: PooledModel, observer: LoadObserver): Promise<EngineInstance> {
    if (observer.signal.aborted) throw new AppError('cancelled', `Loading ${pooled.model.id} was cancelled.`);
    pooled.observedNeed = await this.#options.needs.of(pooled.model.id);
    await checkAdapters(pooled.model, pooled.loadOptions);
    const plan = await this.#makeRoom(pooled);
    try {
      return await this.#loadPlanned(pooled, plan, observer);
    } catch (error) {
      const smaller = isOutOfMemory(error) ? this.#planSmaller(pooled, plan) : undefined;
      if (!smaller) throw error;
      this.#options.logger.warn(
        { room: 'scheduler', model: pooled.model.id, ...smaller.options },
        'memory ran out while loading: one more try with less context',
      );
      return this.#loadPlanned(pooled, smaller, observer);
    }
  }

  /** A plan for half of the memory; undefined when what the user chose leaves nothing smaller. */
  #planSmaller(pooled: PooledModel, { needBytes }: LoadPlan): LoadPlan | undefined {
    const smaller = this.#plan(pooled, needBytes / 2);
    return smaller.needBytes < needBytes ? smaller : undefined;
  }

  async #loadPlanned(pooled: PooledModel, { options }: LoadPlan, observer: LoadObserver): Promise<EngineInstance> {
    const { model } = pooled;
    const place = this.#place(pooled);
    this.#options.logger.info({ room: 'scheduler', model: model.id, ...place, ...options }, 'model is loading');
    try {
      return await this.#engineFor(model, place.placement).load({ model, options }, observer);
    } catch (error) {
      if (place.placement !== 'child' || !this.#options.engines.main || !isFailedStart(error)) throw error;
      this.#giveUpChildren(toAppError(error).message);
      return this.#engineFor(model, 'main').load({ model, options }, observer);
    }
  }

  #giveUpChildren(reason: string): void {
    this.#childFault = reason;
    this.#options.logger.warn(
      { room: 'scheduler', reason },
      'no engine child can be started: from now on models run in the main process',
    );
  }

  async #makeRoom(pooled: PooledModel): Promise<LoadPlan> {
    for (;;) {
      const freeBytes = readFreeBytes(this.#options.machine);
      const plan = this.#plan(pooled, freeBytes);
      if (plan.verdict === 'fits') return plan;
      if (await this.#options.evictOne()) continue;
      if (plan.verdict === 'shrunk') return plan;
      throw toMemoryError(pooled.model, plan, freeBytes);
    }
  }

  #plan({ model, loadOptions, minimumContextSize, observedNeed }: PooledModel, freeBytes: number): LoadPlan {
    const { machine, settings, stateFolder } = this.#options;
    const { physicalCores } = machine;
    const choice = { model, loadOptions, minimumContextSize, observedNeed, settings: settings() };
    return planLoad({ ...choice, physicalCores, freeBytes, stateFolder });
  }

  #place({ model, loadOptions }: PooledModel): Placement {
    const { engines, machine } = this.#options;
    const settings = this.#options.settings();
    const place = choosePlacement({
      trust: model.trust,
      chosen: loadOptions.placement ?? settings.enginePlacement,
      usesGpu: machine.hasGpu && settings.gpu !== 'off' && loadOptions.gpuLayers !== 0,
      available: (['main', 'child'] as const).filter(
        (name) => engines[name] && !(name === 'child' && this.#childFault),
      ),
    });
    if (!place) throw new AppError('not-available', 'No engine is installed that could load a model.');
    return place;
  }

  #engineFor(model: ModelRecord, placement: EnginePlacement): Engine {
    const engine = this.#options.engines[placement];
    return requireEngineFor(engine ? [engine] : [], model);
  }
}

function toMemoryError(model: ModelRecord, { needBytes, options }: LoadPlan, freeBytes: number): AppError {
  const { contextSize, slots } = options;
  return new AppError(
    'memory-insufficient',
    `${model.id} needs ${toGigabytes(needBytes)} with a context of ${contextSize} tokens; ${toGigabytes(freeBytes)} of memory is free.`,
    {
      hint: 'Close other programs, choose a smaller context, or use a smaller model.',
      data: { model: model.id, needBytes, freeBytes, contextSize, slots },
    },
  );
}

function toGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
