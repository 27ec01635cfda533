import { z } from 'zod';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import {
  instanceStatsSchema,
  tokenizeResultSchema,
  type EngineInstance,
  type GenerationTask,
  type InstanceClosed,
  type InstanceInfo,
  type InstanceStats,
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

  async *generate(task: GenerationTask, signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    const cancelled = new AppError('cancelled', 'The request was cancelled.');
    if (signal.aborted) throw cancelled;
    const stream = new ChildStream();
    const id = this.#connection.openStream(stream);
    this.#connection.send({ type: 'generate', id, task });
    const abort = (): void => {
      this.#connection.send({ type: 'cancel', id });
      stream.fail(cancelled);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      yield* stream.read((count) => this.#connection.send({ type: 'credit', id, count }));
    } finally {
      signal.removeEventListener('abort', abort);
      if (!stream.isEnded) this.#connection.send({ type: 'cancel', id });
      this.#connection.closeStream(id);
    }
  }

  async tokenize(task: TokenizeTask): Promise<TokenizeResult> {
    return tokenizeResultSchema.parse(await this.#connection.ask({ type: 'tokenize', task }));
  }

  async detokenize(tokens: number[]): Promise<string> {
    return z.string().parse(await this.#connection.ask({ type: 'detokenize', tokens }));
  }

  async stats(): Promise<InstanceStats> {
    return instanceStatsSchema.parse(await this.#connection.ask({ type: 'stats' }));
  }

  dispose(): Promise<void> {
    return this.#connection.shutDown();
  }
}
