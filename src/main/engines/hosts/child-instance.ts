import { z } from 'zod';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { EventSource } from '../../base/index.ts';
import {
  embedResultSchema,
  instanceStatsSchema,
  renderResultSchema,
  rerankResultSchema,
  tokenizeResultSchema,
  type EmbedResult,
  type EmbedTask,
  type EngineInstance,
  type GenerationTask,
  type InstanceClosed,
  type InstanceInfo,
  type InstanceStats,
  type RenderResult,
  type RenderTask,
  type RerankResult,
  type RerankTask,
  type TokenizeResult,
  type TokenizeTask,
} from '../../engine-port/index.ts';
import type { ChildConnection } from './child-connection.ts';
import { ChildStream } from './child-stream.ts';

/** A model whose weights live in a child process. */
export class ChildInstance implements EngineInstance {
  readonly info: InstanceInfo;
  readonly #connection: ChildConnection;

  constructor(connection: ChildConnection, info: InstanceInfo) {
    this.#connection = connection;
    this.info = info;
  }

  get closed(): Promise<InstanceClosed> {
    return this.#connection.closed;
  }

  generate(task: GenerationTask, signal: AbortSignal): EventSource<GenerationEvent> {
    const start = (): ChildStream => this.#startStream(task, signal);
    return { [Symbol.asyncIterator]: start, forEach: (onEvent) => start().forEach(onEvent) };
  }

  async tokenize(task: TokenizeTask): Promise<TokenizeResult> {
    return tokenizeResultSchema.parse(await this.#connection.ask({ type: 'tokenize', task }));
  }

  async render(task: RenderTask): Promise<RenderResult> {
    return renderResultSchema.parse(await this.#connection.ask({ type: 'render', task }));
  }

  async detokenize(tokens: number[]): Promise<string> {
    return z.string().parse(await this.#connection.ask({ type: 'detokenize', tokens }));
  }

  async embed(task: EmbedTask, signal: AbortSignal): Promise<EmbedResult> {
    const asked = this.#connection.ask({ type: 'embed', task });
    return embedResultSchema.parse(await untilAborted(asked, signal));
  }

  async rerank(task: RerankTask, signal: AbortSignal): Promise<RerankResult> {
    const asked = this.#connection.ask({ type: 'rerank', task });
    return rerankResultSchema.parse(await untilAborted(asked, signal));
  }

  async stats(): Promise<InstanceStats> {
    return instanceStatsSchema.parse(await this.#connection.ask({ type: 'stats' }));
  }

  async forgetState(): Promise<void> {
    await this.#connection.ask({ type: 'forget-state' });
  }

  dispose(): Promise<void> {
    return this.#connection.shutDown();
  }

  #startStream(task: GenerationTask, signal: AbortSignal): ChildStream {
    const abort = (): void => {
      if (!stream.isEnded) this.#connection.send({ type: 'cancel', id });
      stream.fail(new AppError('cancelled', 'The request was cancelled.'));
    };
    const stream: ChildStream = new ChildStream({
      onTaken: (count) => this.#connection.send({ type: 'credit', id, count }),
      onLeave: () => {
        signal.removeEventListener('abort', abort);
        if (!stream.isEnded) this.#connection.send({ type: 'cancel', id });
        this.#connection.closeStream(id);
      },
    });
    const id = this.#connection.openStream(stream);
    if (signal.aborted) abort();
    else {
      signal.addEventListener('abort', abort, { once: true });
      this.#connection.send({ type: 'generate', id, task });
    }
    return stream;
  }
}

/** The child computes on: a batch of inputs is short, and others may wait behind it. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new AppError('cancelled', 'The request was cancelled.'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
}
