import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { createApp } from './app.ts';
import type { AppFiles } from './app-files.ts';
import type { HomePaths } from './base/index.ts';
import type { Core, CoreHooks } from './desktop/index.ts';
import { announceReady, processOutput, type HeadlessOptions } from './start-headless.ts';

export interface DesktopCoreOptions extends CoreHooks {
  files: AppFiles;
  paths: HomePaths;
  run: HeadlessOptions;
}

/**
 * The whole server inside the desktop app. Resolves when it answers; the ready line comes when the default model, if
 * there is one, is loaded. Errors: `port-in-use`, `already-running`, those of a home folder that cannot be used.
 */
export async function startDesktopCore({ files, paths, run, workerHost, quit }: DesktopCoreOptions): Promise<Core> {
  const app = await createApp({ files, paths, run, workerHost, servesHttp: true, onShutdown: () => void quit() });
  const ending = new AbortController();
  try {
    const address = await app.listen();
    if (address.isMoved) processOutput.warn(`The usual port is taken; Impetus answers on ${address.port} instead.`);
    void announceReady(app, { address, options: run, output: processOutput, signal: ending.signal });
  } catch (error) {
    await app.stop();
    throw error;
  }
  return {
    transport: createMemoryTransport(app.control),
    isAttached: false,
    async stop() {
      ending.abort();
      await app.stop();
    },
  };
}
