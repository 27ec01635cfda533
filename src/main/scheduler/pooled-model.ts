import type { LoadOptions, ModelRecord, ModelState } from '#shared/domain/model.ts';
import { Emitter, type Clock } from '../base/index.ts';
import type { EngineInstance } from '../engine-port/index.ts';
import type { ContextNeed } from './plan-load.ts';

/** How long a model stays loaded without requests, in ms; -1 for ever, 0 not at all. */
export type KeepAliveMs = number;

type Phase =
  { name: 'loading'; progress: number } | { name: 'loaded'; instance: EngineInstance } | { name: 'unloading' };

interface IdleTimer {
  cancel(): void;
  /** Wall time in ms, for the UI. */
  firesAt: number;
}

interface PooledModelRequest {
  model: ModelRecord;
  loadOptions: LoadOptions;
  minimumContextSize: number;
  keepAliveMs: KeepAliveMs;
}

/** One model in memory or on its way into it or out of it: who uses it, and when it may go. */
export class PooledModel {
  readonly model: ModelRecord;
  /** What the load was asked for, to tell whether another request wants it otherwise. */
  readonly loadOptions: LoadOptions;
  /** Tokens a sequence should hold at least, as the load was asked for. */
  readonly minimumContextSize: number;
  /** What requests to it needed before this load. */
  observedNeed: ContextNeed | undefined;
  /** Ends a load that nobody needs any more. */
  readonly loadController = new AbortController();
  readonly progressed = new Emitter<number>();
  keepAliveMs: KeepAliveMs;
  lastUsedAt: number;
  /** Requests that run or wait inside the engine. */
  leases = 0;
  /** Requests that wait for the load. */
  waiters = 0;
  /** Somebody asked for its memory while it was in use, and nobody has begun to use it since. */
  leavesWhenIdle = false;
  phase: Phase = { name: 'loading', progress: 0 };

  readonly #clock: Clock;
  #idleTimer: IdleTimer | undefined;

  constructor(request: PooledModelRequest, clock: Clock) {
    this.model = request.model;
    this.loadOptions = request.loadOptions;
    this.minimumContextSize = request.minimumContextSize;
    this.keepAliveMs = request.keepAliveMs;
    this.lastUsedAt = clock.monotonic();
    this.#clock = clock;
  }

  get isInUse(): boolean {
    return this.leases + this.waiters > 0;
  }

  get isPinned(): boolean {
    return this.keepAliveMs === -1;
  }

  get slots(): number {
    return this.phase.name === 'loaded' ? this.phase.instance.info.slots : 0;
  }

  /** Marks a use that began or ended. */
  touch(): void {
    this.lastUsedAt = this.#clock.monotonic();
  }

  /** Starts the idle time anew; `onIdle` runs at its end. A pinned model has none. */
  startIdleTimer(onIdle: () => void): void {
    this.stopIdleTimer();
    if (this.keepAliveMs === -1) return;
    const cancel = this.#clock.setTimer(this.keepAliveMs, onIdle);
    this.#idleTimer = { cancel, firesAt: this.#clock.now() + this.keepAliveMs };
  }

  stopIdleTimer(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
  }

  toState(): ModelState {
    switch (this.phase.name) {
      case 'loading':
        return { state: 'loading', progress: this.phase.progress };
      case 'unloading':
        return { state: 'unloading' };
      case 'loaded':
        return this.#toLoadedState(this.phase.instance);
      default:
        return this.phase satisfies never;
    }
  }

  #toLoadedState({ info }: EngineInstance): ModelState {
    return {
      state: 'loaded',
      placement: info.placement,
      device: info.device,
      contextSize: info.contextSize,
      slots: info.slots,
      memoryBytes: info.memory.modelBytes + info.memory.contextBytes,
      activeRequests: this.leases,
      unloadsAt: this.#idleTimer ? new Date(this.#idleTimer.firesAt).toISOString() : null,
      pid: info.pid,
    };
  }
}
