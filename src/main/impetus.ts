import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { findAppFiles } from './app-files.ts';
import { createNodeWorkerHost, readLiveInstance, resolveHome, toHomePaths } from './base/index.ts';
import { runCli, type CliHome, type LocalApp, type ServeOptions } from './cli/index.ts';

/**
 * The `impetus` command: everything it touches is handed to `cli/` here. The app itself is loaded only by commands that
 * run it, so that the others answer at once.
 */
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  environment: process.env,
  workingFolder: process.cwd(),
  version: findAppFiles().version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch: globalThis.fetch,
  openHome,
  startHeadless: async (options) => (await import('./start-headless.ts')).startHeadless(options),
  createLocalApp,
  openInBrowser,
  onInterrupt(listener) {
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return () => process.off('SIGINT', listener).off('SIGTERM', listener);
  },
});

function openHome(explicit: string | undefined): CliHome {
  const paths = toHomePaths(resolveHome(explicit, process.env));
  return {
    folder: paths.home,
    findInstance: () => readLiveInstance(paths),
    readControlToken: () => readFile(paths.controlToken, 'utf8').catch(() => undefined),
  };
}

async function createLocalApp(options: ServeOptions): Promise<LocalApp> {
  const { createApp } = await import('./app.ts');
  const app = await createApp({
    files: findAppFiles(),
    paths: toHomePaths(resolveHome(options.home, process.env)),
    run: options,
    workerHost: createNodeWorkerHost(),
    servesHttp: false,
    onShutdown: () => undefined,
  });
  return { client: createControlClient(createMemoryTransport(app.control)), stop: () => app.stop() };
}

const openers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Rejects where there is no browser to be had. */
function openInBrowser(url: string): Promise<void> {
  const [command = 'xdg-open', ...first] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, url], { stdio: 'ignore', detached: true });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
