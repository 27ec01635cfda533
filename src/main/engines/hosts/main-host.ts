import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { forEachValue, type EventSource } from '../../base/index.ts';
import type {
  EmbedResult,
  EmbedTask,
  Engine,
  EngineInstance,
  GenerationTask,
  InstanceClosed,
  InstanceInfo,
  InstanceStats,
  RenderResult,
  RenderTask,
  RerankResult,
  RerankTask,
  TokenizeResult,
  TokenizeTask,
} from '../../engine-port/index.ts';

/**
 * An engine inside this process, as the mission asks for models on a GPU. The same promises as a child where they can
 * be kept: every error is typed, a closed instance refuses work. What it cannot survive is a native abort: hence the
 * pre-check of every file and the first load in a child.
 */
export function createMainHost({ engine }: { engine: Engine }): Engine {
  return {
    id: engine.id,
    canLoad: (model) => engine.canLoad(model),
    async load(request, observer) {
      try {
        return new MainInstance(await engine.load(request, observer));
      } catch (error) {
        throw toAppError(error);
      }
    },
  };
}

class MainInstance implements EngineInstance {
  readonly #inner: EngineInstance;
  #closed: InstanceClosed | undefined;

  constructor(inner: EngineInstance) {
    this.#inner = inner;
    void inner.closed.then((closed) => (this.#closed = closed));
  }

  get info(): InstanceInfo {
    return this.#inner.info;
  }

  get closed(): Promise<InstanceClosed> {
    return this.#inner.closed;
  }

  generate(task: GenerationTask, signal: AbortSignal): EventSource<GenerationEvent> {
    const start = (): AsyncIterable<GenerationEvent> => {
      this.#requireOpen();
      return this.#inner.generate(task, signal);
    };
    return {
      async *[Symbol.asyncIterator]() {
        try {
          yield* start();
        } catch (error) {
          throw toAppError(error);
        }
      },
      async forEach(onEvent) {
        try {
          await forEachValue(start(), onEvent);
        } catch (error) {
          throw toAppError(error);
        }
      },
    };
  }

  tokenize(task: TokenizeTask): Promise<TokenizeResult> {
    return this.#typed(() => this.#inner.tokenize(task));
  }

  render(task: RenderTask): Promise<RenderResult> {
    return this.#typed(() => this.#inner.render(task));
  }

  detokenize(tokens: number[]): Promise<string> {
    return this.#typed(() => this.#inner.detokenize(tokens));
  }

  forgetState(): Promise<void> {
    return this.#typed(() => this.#inner.forgetState());
  }

  embed(task: EmbedTask, signal: AbortSignal): Promise<EmbedResult> {
    return this.#typed(() => this.#inner.embed(task, signal));
  }

  rerank(task: RerankTask, signal: AbortSignal): Promise<RerankResult> {
    return this.#typed(() => this.#inner.rerank(task, signal));
  }

  stats(): Promise<InstanceStats> {
    return this.#typed(() => this.#inner.stats());
  }

  dispose(): Promise<void> {
    return this.#inner.dispose();
  }

  async #typed<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#requireOpen();
    try {
      return await work();
    } catch (error) {
      throw toAppError(error);
    }
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    if (this.#closed.reason === 'disposed') throw new AppError('cancelled', `${this.info.modelId} was unloaded.`);
    throw new AppError('engine-crashed', this.#closed.message, { hint: 'Send the request again.' });
  }
}
