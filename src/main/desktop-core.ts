import process from 'node:process';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { toAppError } from '#shared/errors/app-error.ts';
import { createApp } from './app.ts';
import { findAppFiles } from './app-files.ts';
import { createNodeWorkerHost, resolveHome, toHomePaths } from './base/index.ts';
import { parseServeOptions } from './cli/index.ts';
import type { Core } from './desktop/index.ts';

/**
 * The server inside the desktop app's own process. Engine children run on the project's Node (IMPETUS_NODE, set by
 * `npm start`); a packaged app has none beside it and runs them on its own binary. Errors: as of `createApp` and `listen`.
 */
export async function startDesktopCore(hooks: { quit: () => Promise<void> }): Promise<Core> {
  const run = parseServeOptions({ argv: process.argv.slice(2), environment: process.env });
  const execPath = process.env['IMPETUS_NODE'];
  const app = await createApp({
    files: findAppFiles(),
    paths: toHomePaths(resolveHome(run.home, process.env)),
    run,
    workerHost: createNodeWorkerHost(execPath === undefined ? {} : { execPath }),
    servesHttp: true,
    onShutdown: () => void hooks.quit(),
  });
  const { url } = await app.listen();
  const loading = new AbortController();
  void app.loadDefaultModel(loading.signal).then(
    () => process.stdout.write(`Impetus is ready at ${url}\n`),
    (error: unknown) => process.stderr.write(`${toAppError(error).message}\n`),
  );
  return {
    transport: createMemoryTransport(app.control),
    isAttached: false,
    async stop() {
      loading.abort();
      await app.stop();
    },
  };
}
