import { AppError } from '#shared/errors/app-error.ts';
import type { Clock, WorkerExit, WorkerProcess } from '../../base/index.ts';
import type { DeathStage, InstanceClosed } from '../../engine-port/index.ts';
import { describeDeath } from './child-death.ts';
import type { ChildStream } from './child-stream.ts';
import { readEventLines, type LineListener } from './event-lines.ts';
import { Heartbeat } from './heartbeat.ts';
import {
  hostReplySchema,
  protocolVersion,
  streamWindow,
  type HostQuestion,
  type HostReply,
  type HostRequest,
} from './host-protocol.ts';
import { WholeLines } from './whole-lines.ts';

export interface ChildConnectionOptions {
  worker: WorkerProcess;
  /** For error messages. */
  modelId: string;
  clock: Clock;
  heartbeat: { intervalMs: number; missedLimit: number };
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: AppError) => void;
}

type WithoutId<Request> = Request extends { id: number } ? Omit<Request, 'id'> : never;

const foreignMessage = 'it sent a message that is not part of the protocol';

/** How long a child may take to end by itself after `unload`, in ms. */
const unloadGraceMs = 3000;

/** The parent's half of `host-protocol.ts` for one child: who waits for what, and what everyone is told at the end. */
export class ChildConnection {
  /** Resolves with the engine's id at `hello`; rejects when the child ends first. */
  readonly hello: Promise<string>;
  /** Resolves when the process has ended; never rejects. */
  readonly closed: Promise<InstanceClosed>;
  onProgress: (progress: number) => void = () => undefined;
  /** For error messages; a child that stood ready learns late which model it is for. */
  modelId: string;

  readonly #options: ChildConnectionOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, ChildStream>();
  #heartbeat: Heartbeat | undefined;
  #settleHello: Pending | undefined;
  #nextId = 1;
  #stage: DeathStage = 'start';
  /** Why we ended the child ourselves, or what it said before it ended. */
  #cause: string | undefined;
  readonly #lineListener: LineListener = {
    onEvent: (id, event) => {
      const stream = this.#streams.get(id);
      stream?.receive(event);
      if (stream && stream.unreadEvents > streamWindow) this.kill('it sent more events than it was granted');
    },
    onEnd: (id, end) => this.#streams.get(id)?.end(end),
  };
  /** Set at the end: what every later call is answered with. */
  #end: AppError | undefined;
  #isShuttingDown = false;

  constructor(options: ChildConnectionOptions) {
    this.#options = options;
    this.modelId = options.modelId;
    this.hello = new Promise((resolve, reject) => {
      this.#settleHello = { resolve: (engine) => resolve(String(engine)), reject };
    });
    // Whoever waits for hello sees its error; nobody has to.
    this.hello.catch(() => undefined);
    options.worker.onMessage((message) => this.#receive(message));
    const lines = new WholeLines();
    options.worker.onBytes?.((bytes) => this.#readLines(() => lines.take(bytes)));
    this.closed = options.worker.exited.then((exit) => this.#onExit(exit));
  }

  get pid(): number {
    return this.#options.worker.pid;
  }

  /** From now on a death is blamed on running work instead of on the load. */
  markLoaded(): void {
    this.#stage = 'run';
  }

  /** Asks once and waits for the answer. */
  async ask(request: WithoutId<HostQuestion>): Promise<unknown> {
    this.#requireAlive();
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.send({ ...request, id });
    return answer;
  }

  /** Registers a stream and returns its id; the stream fails when the child has ended. */
  openStream(stream: ChildStream): number {
    const id = this.#nextId++;
    if (this.#end) stream.fail(this.#end);
    else this.#streams.set(id, stream);
    return id;
  }

  closeStream(id: number): void {
    this.#streams.delete(id);
  }

  send(request: HostRequest): void {
    if (!this.#end) this.#options.worker.send(request);
  }

  /** Ends the child: by itself within three seconds, else at once. Everything that waits fails with `cancelled`. */
  async shutDown(): Promise<void> {
    if (!this.#isShuttingDown && !this.#end) {
      this.#isShuttingDown = true;
      this.send({ type: 'unload' });
      this.#failAll(new AppError('cancelled', `${this.modelId} was unloaded.`));
      const cancelTimer = this.#options.clock.setTimer(unloadGraceMs, () => this.#options.worker.kill());
      await this.closed;
      cancelTimer();
    }
    await this.closed;
  }

  /** Ends the child now and counts it as crashed for that reason. */
  kill(cause: string): void {
    this.#cause ??= cause;
    this.#options.worker.kill();
  }

  #receive(message: unknown): void {
    this.#heartbeat?.heard();
    if (typeof message === 'string') return this.#readLines(() => message);
    const reply = hostReplySchema.safeParse(message);
    if (reply.success) this.#handle(reply.data);
    else this.kill(foreignMessage);
  }

  /** Lines come on a pipe of their own or, where the host has none, as messages. */
  #readLines(take: () => string): void {
    this.#heartbeat?.heard();
    try {
      readEventLines(take(), this.#lineListener);
    } catch {
      this.kill(foreignMessage);
    }
  }

  #handle(reply: HostReply): void {
    switch (reply.type) {
      case 'pong':
        return;
      case 'progress':
        return this.onProgress(reply.progress);
      case 'reply':
        return this.#settle(reply.id)?.resolve(reply.value);
      case 'refusal':
        return this.#settle(reply.id)?.reject(AppError.fromWire(reply.error));
      case 'hello':
        return this.#onHello(reply);
      case 'closed':
      case 'fault':
        this.#cause ??= toCause(reply);
        return;
      default:
        reply satisfies never;
    }
  }

  #onHello({ engine, protocol }: Extract<HostReply, { type: 'hello' }>): void {
    if (protocol !== protocolVersion) {
      return this.kill(`it speaks version ${protocol} of the protocol instead of ${protocolVersion}`);
    }
    this.#stage = 'load';
    this.#heartbeat?.stop();
    this.#settleHello?.resolve(engine);
    this.#heartbeat = new Heartbeat({
      ...this.#options.heartbeat,
      clock: this.#options.clock,
      ping: () => this.send({ type: 'ping' }),
      onSilence: () => this.kill('it stopped answering'),
    });
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #onExit(exit: WorkerExit): InstanceClosed {
    this.#heartbeat?.stop();
    if (this.#isShuttingDown) {
      this.#failAll(new AppError('cancelled', `${this.modelId} was unloaded.`));
      return { reason: 'disposed' };
    }
    const error = describeDeath({ ...exit, modelId: this.modelId, stage: this.#stage, reason: this.#cause });
    this.#failAll(error);
    return { reason: 'crashed', message: error.message };
  }

  #failAll(error: AppError): void {
    this.#end ??= error;
    this.#settleHello?.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    for (const stream of this.#streams.values()) stream.fail(error);
    this.#pending.clear();
    this.#streams.clear();
  }

  #requireAlive(): void {
    if (this.#end) throw this.#end;
  }
}

/** Why the child says that it ends, to be read after "because". */
function toCause(reply: Extract<HostReply, { type: 'closed' | 'fault' }>): string {
  if (reply.type === 'fault') return `of an error nobody caught: ${reply.message}`;
  return reply.closed.reason === 'crashed' ? `the engine gave up: ${reply.closed.message}` : 'the engine closed';
}
