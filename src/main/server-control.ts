import type { ModelState } from '#shared/domain/model.ts';
import type { CompatiblePort, ServerState } from '#shared/domain/server-state.ts';
import { Emitter } from './base/index.ts';
import type { Activity } from './inference/index.ts';

export interface ServerFacts {
  version: string;
  home: string;
  startedAt: string;
}

export interface ServerControlOptions {
  facts: ServerFacts;
  inference: {
    activity(): Activity;
    subscribe(listener: () => void): () => void;
    pause(): void;
    resume(): void;
  };
  scheduler: {
    states(): ReadonlyMap<string, ModelState>;
    unload(id: string): Promise<void>;
    onChange(listener: () => void): () => void;
  };
  readMemory: () => { totalBytes: number; availableBytes: number };
  /** Begins the end of the process. */
  onShutdown: () => void;
}

/** How often the rate of tokens is told while requests run. */
const rateIntervalMs = 500;

/** The running app as tray, window and CLI see and steer it. */
export class ServerControl {
  readonly #options: ServerControlOptions;
  readonly #changed = new Emitter<void>();
  #baseUrl = '';
  #port = 0;
  #compatiblePorts: CompatiblePort[] | undefined;
  #isStarting = true;
  #problem: string | null = null;
  #rateTimer: NodeJS.Timeout | undefined;

  constructor(options: ServerControlOptions) {
    this.#options = options;
    options.inference.subscribe(() => {
      this.#changed.emit();
      this.#followRate();
    });
    options.scheduler.onChange(() => {
      this.#changed.emit();
      if (options.inference.activity().phase === 'paused') void this.#unloadIdle();
    });
  }

  subscribe(listener: () => void): () => void {
    const unsubscribe = this.#changed.subscribe(listener);
    this.#followRate();
    return unsubscribe;
  }

  /** Where the server listens; 0 when it serves no HTTP. */
  setAddress(port: number, host = '127.0.0.1'): void {
    this.#port = port;
    this.#baseUrl = port === 0 ? '' : `http://${host}:${port}`;
    this.#changed.emit();
  }

  setCompatiblePorts(ports: CompatiblePort[]): void {
    this.#compatiblePorts = ports;
    this.#changed.emit();
  }

  markStarted(): void {
    this.#isStarting = false;
    this.#changed.emit();
  }

  /** One sentence that tray and window show until it is cleared with null. */
  setProblem(problem: string | null): void {
    this.#problem = problem;
    this.#changed.emit();
  }

  state(): ServerState {
    const { facts, inference, scheduler, readMemory } = this.#options;
    const { activeRequests, queuedRequests, tokensPerSecond } = inference.activity();
    const loaded = [...scheduler.states().values()].filter((state) => state.state === 'loaded');
    return {
      ...facts,
      pid: process.pid,
      baseUrl: this.#baseUrl,
      port: this.#port,
      ...(this.#compatiblePorts ? { compatiblePorts: this.#compatiblePorts } : {}),
      phase: this.#phase(),
      problem: this.#problem,
      activeRequests,
      queuedRequests,
      tokensPerSecond,
      memory: { ...readMemory(), usedByModelsBytes: loaded.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0) },
    };
  }

  /** New requests get 503; each model leaves memory as soon as no request runs on it any more. */
  async pause(): Promise<void> {
    this.#options.inference.pause();
    await this.#unloadIdle();
  }

  resume(): void {
    this.#options.inference.resume();
  }

  shutdown(): void {
    this.#options.onShutdown();
  }

  async #unloadIdle(): Promise<void> {
    const { scheduler } = this.#options;
    const idle = [...scheduler.states()].filter(([, state]) => state.state === 'loaded' && state.activeRequests === 0);
    // Taken again in this moment: the end of that request is the next change.
    await Promise.all(idle.map(([id]) => scheduler.unload(id).catch(() => undefined)));
  }

  /** The rate moves while requests run, without an event of its own; a timer for each is too much when nobody looks. */
  #followRate(): void {
    const isActive = this.#changed.listenerCount > 0 && this.#options.inference.activity().activeRequests > 0;
    if (isActive && !this.#rateTimer) {
      this.#rateTimer = setInterval(() => this.#changed.emit(), rateIntervalMs).unref();
    } else if (!isActive) {
      clearInterval(this.#rateTimer);
      this.#rateTimer = undefined;
    }
  }

  #phase(): ServerState['phase'] {
    const { phase, activeRequests } = this.#options.inference.activity();
    if (phase === 'stopping') return 'stopping';
    if (phase === 'paused') return 'paused';
    if (this.#problem !== null) return 'problem';
    if (this.#isStarting) return 'starting';
    return activeRequests > 0 ? 'busy' : 'ready';
  }
}
