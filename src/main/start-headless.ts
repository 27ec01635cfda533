import { toAppError } from '#shared/errors/app-error.ts';
import { createApp, type App } from './app.ts';
import { findAppFiles } from './app-files.ts';
import type { Address } from './app-web-server.ts';
import {
  createNodeWorkerHost,
  readLiveInstance,
  resolveHome,
  toHomePaths,
  type HomePaths,
  type Instance,
} from './base/index.ts';
import type { RunOptions } from './run-options.ts';

export interface HeadlessOptions extends RunOptions {
  home?: string | undefined;
  /** One JSON line instead of sentences. */
  json?: boolean | undefined;
}

/** Where the run says what it does; default the process' own streams. */
export interface HeadlessOutput {
  say(line: string): void;
  warn(line: string): void;
}

export const processOutput: HeadlessOutput = {
  say: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
};

/**
 * Serves until SIGTERM, SIGINT, SIGHUP or a shutdown over the control contract; resolves to the exit code. The line
 * `Impetus is ready at …` comes when the default model, if there is one, is loaded. Errors: `port-in-use`,
 * `already-running`, those of a model named by a flag.
 */
export async function startHeadless(options: HeadlessOptions, output = processOutput): Promise<number> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, end);
  const paths = toHomePaths(resolveHome(options.home, process.env));
  const app = await createApp({
    ...{ files: findAppFiles(), paths, run: options },
    workerHost: createNodeWorkerHost(),
    servesHttp: true,
    onShutdown: end,
  }).catch((error: unknown) => toRunning(error, paths));
  if ('port' in app) {
    sayReady(`http://127.0.0.1:${app.port}`, { options, output, pid: app.pid });
    return 0;
  }
  // A mistake of ours in one request must not end the server for all the others.
  process.on('unhandledRejection', (error) =>
    app.logger.error({ room: 'app', err: error }, 'a promise failed unheard'),
  );
  try {
    const address = await app.listen();
    if (address.isMoved) output.warn(`The usual port is taken; Impetus answers on ${address.port} instead.`);
    await announceReady(app, { address, options, output, signal: ending.signal });
    await untilAborted(ending.signal);
    return 0;
  } finally {
    await app.stop();
  }
}

interface Announcement {
  address: Address;
  options: HeadlessOptions;
  output: HeadlessOutput;
  signal: AbortSignal;
}

/** A default model that does not load never ends the server: the line says what is wrong, and that it serves. */
export async function announceReady(app: App, { address, options, output, signal }: Announcement): Promise<void> {
  try {
    const model = await app.loadDefaultModel(signal);
    if (signal.aborted) return;
    sayReady(address.url, { options, output, pid: process.pid, model: model?.id });
  } catch (error) {
    if (signal.aborted) return;
    const { message, hint } = toAppError(error);
    output.warn(
      `Impetus serves at ${address.url}, but the default model could not be loaded. ${message} ${hint ?? ''}`,
    );
  }
}

/** The instance that already serves this home folder; any other error goes on. */
async function toRunning(error: unknown, paths: HomePaths): Promise<Instance> {
  const running = toAppError(error).code === 'already-running' ? await readLiveInstance(paths) : undefined;
  if (!running) throw error;
  return running;
}

interface Ready {
  options: HeadlessOptions;
  output: HeadlessOutput;
  pid: number;
  model?: string | undefined;
}

function sayReady(url: string, { options, output, pid, model }: Ready): void {
  output.say(options.json ? JSON.stringify({ url, pid, model: model ?? null }) : `Impetus is ready at ${url}`);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
