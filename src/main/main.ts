import path from 'node:path';
import process from 'node:process';
import { app } from 'electron';
import { toAppError } from '#shared/errors/app-error.ts';
import { findAppFiles } from './app-files.ts';
import { resolveHome, toHomePaths } from './base/index.ts';
import { parseServeOptions, toExitCode } from './cli/index.ts';
import { ownArguments, startDesktop } from './desktop/index.ts';

/** The Electron entry: the server in this process, or one that runs already, with tray and window. */
function main(): Promise<void> {
  const { flags, isHidden } = ownArguments(process.argv, app);
  const run = parseServeOptions({ argv: flags, environment: process.env });
  const files = findAppFiles();
  const paths = toHomePaths(resolveHome(run.home, process.env));
  return startDesktop({
    paths,
    environment: process.env,
    files: {
      renderer: files.rendererFolder,
      preload: path.join(files.root, 'dist', 'preload', 'preload.cjs'),
      trayIcons: path.join(files.root, 'resources', 'tray'),
      icon: path.join(files.root, 'resources', 'icons', 'icon.png'),
    },
    opensWindow: run.opensWindow && !isHidden,
    fetch: globalThis.fetch,
    // Loaded only when the server runs in this process.
    startCore: async (hooks) => (await import('./desktop-core.ts')).startDesktopCore({ ...hooks, files, paths, run }),
  });
}

function fail(thrown: unknown): void {
  const error = toAppError(thrown);
  process.stderr.write(`${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}\n`);
  app.exit(toExitCode(error));
}

try {
  main().catch(fail);
} catch (thrown) {
  fail(thrown);
}
