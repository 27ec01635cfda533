import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { findAppFiles } from './app-files.ts';
import { resolveHome, toHomePaths } from './base/index.ts';
import { startDesktop } from './desktop/index.ts';

/** The Electron entry: the server of this process, or one that runs already, with tray and window. */
const { values } = parseArgs({
  args: process.argv.slice(1),
  strict: false, // Electron's and Chromium's own switches are in the list too.
  options: { home: { type: 'string' }, 'no-open': { type: 'boolean' }, hidden: { type: 'boolean' } },
});
const { root, rendererFolder } = findAppFiles();

void startDesktop({
  paths: toHomePaths(resolveHome(typeof values.home === 'string' ? values.home : undefined, process.env)),
  environment: process.env,
  files: {
    renderer: rendererFolder,
    preload: path.join(root, 'dist', 'preload', 'preload.cjs'),
    trayIcons: path.join(root, 'resources', 'tray'),
    icon: path.join(root, 'resources', 'icons', 'icon.png'),
  },
  opensWindow: !values['no-open'] && !values.hidden,
  fetch: globalThis.fetch,
  // Loaded only when the server runs in this process.
  startCore: async (hooks) => (await import('./desktop-core.ts')).startDesktopCore(hooks),
});
