import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { pino } from 'pino';
import { createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { FakeDesktop, type MenuNode } from '#scripts/test-rig/fake-desktop.ts';
import { findRig } from '#scripts/test-rig/fetch-electron25.mjs';
import { launchShell, type LaunchedShell, type LaunchOptions } from '#scripts/test-rig/launch-shell.ts';
import { startPrivateSession, type PrivateSession } from '#scripts/test-rig/private-session.ts';
import { stageElectron, type StagedElectron } from '#scripts/test-rig/staged-electron.ts';
import { buildTarget } from '#test/support/build-target.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { startControlServer, testToken } from '#test/support/start-control-server.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');
const fixturePage = path.join(import.meta.dirname, 'fixture-page');
export const realPage = path.join(repository, 'dist', 'renderer');

/** Folder of the Electron 25.1.1 runtime, or undefined where there is none; the shell tests are skipped then. */
export const runtime = await findRig();
if (runtime === undefined) {
  process.stderr.write(
    'The shell tests are skipped: the Electron runtime is missing. Get it with: node scripts/test-rig/fetch-electron25.mjs\n',
  );
}

export interface Rig {
  /** The rooms behind the server that the shell attaches to. */
  server: FakeControlApp;
  desktop: FakeDesktop;
  electron: StagedElectron;
  session: PrivateSession;
  baseUrl: string;
  /** Starts a shell in a fresh home, or in the one named. */
  launch(options?: Partial<LaunchOptions>): Promise<LaunchedShell>;
  stopServer(): Promise<void>;
  restartServer(): Promise<void>;
  stop(): Promise<void>;
}

/** A private desktop, a server with fake rooms behind the real control routes, and the built shell on real Electron. */
export async function startRig({ hasTray = true, renderer = fixturePage } = {}): Promise<Rig> {
  const { main, preload } = await buildShell();
  if (!existsSync(path.join(renderer, 'index.html'))) throw new Error('Build the interface first: npm run build');
  const server = new FakeControlApp();
  const router = createControlRouter({
    handlers: createControlHandlers(server),
    logger: pino({ level: 'silent' }),
    signalIntervalMs: 20,
  });
  let http = await startControlServer({ router });
  const { baseUrl, port } = http;
  const session = await startPrivateSession();
  const desktop = await FakeDesktop.start(session.busAddress, { hasTray });
  const electron = await stageElectron({
    runtime: runtime ?? '',
    parts: {
      'dist/main.rig': main,
      'dist/preload': preload,
      'dist/renderer': renderer,
      'resources/tray': path.join(repository, 'resources', 'tray'),
      'resources/icons': path.join(repository, 'resources', 'icons'),
    },
  });
  const shells: LaunchedShell[] = [];
  return {
    server,
    desktop,
    electron,
    session,
    baseUrl,
    async launch(options = {}) {
      const home = options.home ?? (await electron.makeFolder(`home-${shells.length}`));
      const shell = await launchShell({ electron, session, attachTo: baseUrl, token: testToken, ...options, home });
      shells.push(shell);
      return shell;
    },
    stopServer: () => http.close(),
    async restartServer() {
      http = await startControlServer({ router, port });
    },
    async stop() {
      for (const shell of shells) await shell.close();
      desktop.stop();
      await session.stop();
      await http.close();
      await electron.remove();
    },
  };
}

interface BuiltShell {
  main: string;
  preload: string;
}

let built: Promise<BuiltShell> | undefined;

/** The shell of these very sources, built once per test file. */
function buildShell(): Promise<BuiltShell> {
  return (built ??= build());

  async function build(): Promise<BuiltShell> {
    const folder = path.join(repository, '.cache', 'shell-build', String(process.pid));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await buildTarget('main.rig', path.join(folder, 'main'));
    await buildTarget('preload', path.join(folder, 'preload'));
    return { main: path.join(folder, 'main'), preload: path.join(folder, 'preload') };
  }
}

/** The row with this label, looked for in submenus too; the label may be given by its beginning. */
export function findRow(rows: readonly MenuNode[], label: string): MenuNode {
  const found = flatten(rows).find((row) => row.label.startsWith(label));
  if (!found)
    throw new Error(
      `No row "${label}" in: ${flatten(rows)
        .map((row) => row.label)
        .join(' | ')}`,
    );
  return found;
}

function flatten(rows: readonly MenuNode[]): MenuNode[] {
  return rows.flatMap((row) => [row, ...flatten(row.children)]);
}

export async function firstPage(shell: LaunchedShell): Promise<Page> {
  const page = await shell.app.firstWindow();
  await page.waitForLoadState();
  return page;
}

/** Process ids of a shell: the main process and everything it started, by what still carries its executable's path. */
export async function processesOf(executable: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(executable))
    .map((line) => Number.parseInt(line, 10));
}
