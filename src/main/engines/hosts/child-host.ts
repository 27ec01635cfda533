import type { ModelFormat, ModelRecord } from '#shared/domain/model.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { systemClock, type Clock, type WorkerHost, type WorkerProcess } from '../../base/index.ts';
import {
  instanceInfoSchema,
  type Engine,
  type EngineInstance,
  type LoadObserver,
  type LoadRequest,
} from '../../engine-port/index.ts';
import { ChildConnection } from './child-connection.ts';
import { describeDeath } from './child-death.ts';
import { ChildInstance } from './child-instance.ts';
import { defaultHeartbeat } from './heartbeat.ts';
import { SpareChild, type SparePolicy } from './spare-child.ts';

export interface ChildHostOptions {
  workerHost: WorkerHost;
  /** Absolute path of a module that calls `serveEngine`, for example `child-entry.ts`. */
  entry: string;
  /** What the engine in the child is called, for `Engine.id`. */
  engineName: string;
  /** Set in the child before it starts, beside UV_THREADPOOL_SIZE=2. */
  environment?: Record<string, string>;
  /** Formats the engine reads; default GGUF. */
  formats?: readonly ModelFormat[];
  /** Time a child has to say hello, in ms; default 10,000. */
  helloTimeoutMs?: number;
  /** Default: every 2 s, and four missed answers end the child (10 s together). */
  heartbeat?: { intervalMs: number; missedLimit: number };
  clock?: Clock;
  /** When a second child stands ready for a crash. Default: never. */
  spare?: SparePolicy;
}

type ChildOptions = Required<Omit<ChildHostOptions, 'formats' | 'engineName' | 'spare'>>;
interface LoadContext extends ChildOptions {
  spare: SpareChild;
}

/**
 * An engine that loads every model in a child process of its own. A crash of native code ends that child and nothing
 * else; unloading ends it too, which is the surest way to give its memory back.
 */
export function createChildHost({
  engineName,
  formats = ['gguf'],
  environment = {},
  helloTimeoutMs = 10_000,
  heartbeat = defaultHeartbeat,
  clock = systemClock,
  spare: policy,
  ...required
}: ChildHostOptions): Engine {
  const options: ChildOptions = { ...required, environment, helloTimeoutMs, heartbeat, clock };
  const spare = new SpareChild(policy, clock, () => startChild('the next model', options));
  const context: LoadContext = { ...options, spare };
  return {
    id: engineName,
    canLoad: ({ facts }: ModelRecord) =>
      formats.includes(facts.format)
        ? { canLoad: true }
        : { canLoad: false, reason: `it reads ${formats.join(', ')}, not ${facts.format}.` },
    load: (request, observer) => loadInChild(request, observer, context),
  };
}

async function loadInChild(
  request: LoadRequest,
  observer: LoadObserver,
  context: LoadContext,
): Promise<EngineInstance> {
  const { signal } = observer;
  const cancelled = new AppError('cancelled', `Loading ${request.model.id} was cancelled.`);
  if (signal.aborted) throw cancelled;
  const connection = context.spare.take() ?? (await startChild(request.model.id, context));
  connection.modelId = request.model.id;
  const abort = (): void => connection.kill('the load was cancelled');
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await loadOver(connection, request, { observer, context });
  } catch (error) {
    connection.kill('the load failed');
    await connection.closed;
    throw signal.aborted ? cancelled : toAppError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function startChild(modelId: string, options: ChildOptions): Promise<ChildConnection> {
  return new ChildConnection({ worker: await spawn(modelId, options), modelId, ...options });
}

async function spawn(modelId: string, { workerHost, entry, environment }: ChildOptions): Promise<WorkerProcess> {
  try {
    // One thread for the library, one for files: kept state is read and written beside the steps.
    return await workerHost.spawn({ entry, environment: { UV_THREADPOOL_SIZE: '2', ...environment } });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw describeDeath({ modelId, stage: 'start', code: null, signal: null, stderrTail: '', reason });
  }
}

async function loadOver(
  connection: ChildConnection,
  { model, options }: LoadRequest,
  { observer, context }: { observer: LoadObserver; context: LoadContext },
): Promise<EngineInstance> {
  const { clock, helloTimeoutMs } = context;
  const cancelTimer = clock.setTimer(helloTimeoutMs, () =>
    connection.kill(`it did not say hello within ${helloTimeoutMs / 1000} s`),
  );
  await connection.hello.finally(cancelTimer);
  connection.onProgress = (progress) => observer.onProgress(progress);
  const info = instanceInfoSchema.parse(await connection.ask({ type: 'load', model, options }));
  connection.markLoaded();
  const instance = new ChildInstance(connection, info);
  // On a graphics processor the library itself takes memory that the models need.
  if (info.device === 'cpu') context.spare.standBy(instance, options.gpu);
  return instance;
}
