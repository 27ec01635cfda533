import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { EnginePlacement } from '#shared/domain/model.ts';
import { createApp, type App } from '#main/app.ts';
import { findAppFiles } from '#main/app-files.ts';
import type { Address } from '#main/app-web-server.ts';
import { createNodeWorkerHost, toHomePaths, type HomePaths } from '#main/base/index.ts';
import type { Engine } from '#main/engine-port/index.ts';
import type { RunOptions } from '#main/run-options.ts';

export interface StartAppOptions extends RunOptions {
  /** Instead of the real engine. */
  engines?: Partial<Record<EnginePlacement, Engine>>;
  /** Default: a fresh folder, removed by `stop`. */
  home?: string;
}

export interface StartedApp extends Address {
  app: App;
  paths: HomePaths;
  /** Resolves when somebody asked for the end over the control contract. */
  shutdownAsked: Promise<void>;
  stop(): Promise<void>;
}

/** The whole headless app in this process, listening on a free loopback port, its default model loaded. */
export async function startApp({ engines, home, ...run }: StartAppOptions = {}): Promise<StartedApp> {
  const folder = home ?? (await mkdtemp(path.join(os.tmpdir(), 'impetus-home-')));
  const paths = toHomePaths(folder);
  const asked = Promise.withResolvers<void>();
  const app = await createApp({
    files: findAppFiles(),
    paths,
    run: { port: await findFreePort(), threads: 1, takesCompatiblePorts: false, ...run },
    workerHost: createNodeWorkerHost(),
    servesHttp: true,
    ...(engines ? { engines } : {}),
    onShutdown: () => asked.resolve(),
  });
  const stop = async (): Promise<void> => {
    await app.stop();
    if (home === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const address = await app.listen();
    await app.loadDefaultModel(new AbortController().signal);
    return { ...address, app, paths, shutdownAsked: asked.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findFreePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
