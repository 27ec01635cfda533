import { setTimeout } from 'node:timers/promises';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { forEachValue } from '../../base/index.ts';
import type { Engine, EngineInstance, GenerationTask } from '../../engine-port/index.ts';
import { CreditGate } from './credit-gate.ts';
import { EventOutbox } from './event-outbox.ts';
import {
  hostRequestSchema,
  protocolVersion,
  streamWindow,
  type HostQuestion,
  type HostReply,
  type HostRequest,
} from './host-protocol.ts';
import type { ParentLink } from './parent-link.ts';

type LoadMessage = Extract<HostRequest, { type: 'load' }>;

/**
 * Runs an engine for the parent at the other end of the link: the child's half of `host-protocol.ts`. Says hello, loads
 * one model, and ends the process on `unload`, when the parent goes, or on an error nobody caught.
 */
export function serveEngine(engine: Engine, link: ParentLink): void {
  const server = new EngineServer(engine, link);
  process.on('uncaughtException', (error) => server.fault(error));
  process.on('unhandledRejection', (reason) => server.fault(reason));
  link.onDisconnect(() => process.exit(0));
  link.onMessage((message) => server.receive(message));
  link.send({ type: 'hello', protocol: protocolVersion, engine: engine.id } satisfies HostReply);
}

class EngineServer {
  readonly #engine: Engine;
  readonly #link: ParentLink;
  readonly #outbox: EventOutbox;
  readonly #streams = new Map<number, { controller: AbortController; gate: CreditGate }>();
  #instance: EngineInstance | undefined;

  constructor(engine: Engine, link: ParentLink) {
    this.#engine = engine;
    this.#link = link;
    this.#outbox = new EventOutbox((lines) => link.sendLines(lines));
  }

  receive(message: unknown): void {
    const request = hostRequestSchema.safeParse(message);
    if (request.success) this.#handle(request.data);
    else
      this.#refuse(message, new AppError('invalid-request', `The engine cannot take this: ${request.error.message}`));
  }

  /** One wrong request must not cost the others their engine. */
  #refuse(message: unknown, error: AppError): void {
    const { id, type } = (message ?? {}) as { id?: unknown; type?: unknown };
    if (typeof id !== 'number') return this.fault(error);
    if (type === 'generate') this.#outbox.end(id, error.toWire());
    else this.#reply({ type: 'refusal', id, error: error.toWire() });
  }

  fault(thrown: unknown): void {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#link.sendAndExit({ type: 'fault', message } satisfies HostReply, 1);
  }

  #handle(request: HostRequest): void {
    switch (request.type) {
      case 'ping':
        return this.#reply({ type: 'pong' });
      case 'credit':
        return this.#streams.get(request.id)?.gate.add(request.count);
      case 'cancel':
        return this.#cancel(request.id);
      case 'generate':
        return void this.#runStream(request.id, request.task);
      case 'unload':
        return void this.#unload();
      default:
        return void this.#answer(request.id, () => this.#work(request));
    }
  }

  #work(request: HostQuestion): Promise<unknown> {
    switch (request.type) {
      case 'prepare':
        return this.#engine.prepare?.(request.gpu) ?? Promise.resolve();
      case 'load':
        return this.#load(request);
      case 'tokenize':
        return this.#requireInstance().tokenize(request.task);
      case 'render':
        return this.#requireInstance().render(request.task);
      case 'detokenize':
        return this.#requireInstance().detokenize(request.tokens);
      case 'embed':
        return this.#requireInstance().embed(request.task, never());
      case 'rerank':
        return this.#requireInstance().rerank(request.task, never());
      case 'stats':
        return this.#requireInstance().stats();
      case 'forget-state':
        return this.#requireInstance().forgetState();
    }
  }

  async #load({ model, options }: LoadMessage): Promise<unknown> {
    if (this.#instance) throw new AppError('internal', 'This child holds a model already.');
    // Cancelling a load ends the child, so nothing here aborts it.
    const observer = {
      signal: new AbortController().signal,
      onProgress: (progress: number) => this.#reply({ type: 'progress', progress }),
    };
    this.#instance = await this.#engine.load({ model, options }, observer);
    void this.#watch(this.#instance);
    return this.#instance.info;
  }

  async #watch(instance: EngineInstance): Promise<void> {
    const closed = await instance.closed;
    if (closed.reason !== 'crashed') return;
    // The ends of the streams go first: each may carry its own reason.
    await setTimeout(0);
    this.#link.sendAndExit({ type: 'closed', closed } satisfies HostReply, 1);
  }

  async #runStream(id: number, task: GenerationTask): Promise<void> {
    const controller = new AbortController();
    const gate = new CreditGate(streamWindow);
    this.#streams.set(id, { controller, gate });
    try {
      await forEachValue(this.#requireInstance().generate(task, controller.signal), (event) => {
        this.#outbox.push(id, event);
        return gate.take();
      });
      this.#outbox.end(id, 'done');
    } catch (error) {
      this.#outbox.end(id, toAppError(error).toWire());
    } finally {
      this.#streams.delete(id);
    }
  }

  #cancel(id: number): void {
    const stream = this.#streams.get(id);
    stream?.controller.abort();
    stream?.gate.open();
  }

  async #answer(id: number, work: () => Promise<unknown>): Promise<void> {
    try {
      // A value that is undefined would be missing at the other end.
      this.#reply({ type: 'reply', id, value: (await work()) ?? null });
    } catch (error) {
      this.#reply({ type: 'refusal', id, error: toAppError(error).toWire() });
    }
  }

  async #unload(): Promise<void> {
    await this.#instance?.dispose();
    process.exit(0);
  }

  #requireInstance(): EngineInstance {
    if (!this.#instance) throw new AppError('internal', 'This child holds no model.');
    return this.#instance;
  }

  #reply(reply: HostReply): void {
    this.#link.send(reply);
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}
