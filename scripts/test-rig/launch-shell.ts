import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron, type ElectronApplication } from 'playwright-core';
import { rigUser, type PrivateSession } from './private-session.ts';
import { shimsFile, type StagedElectron } from './staged-electron.ts';

export interface LaunchOptions {
  electron: StagedElectron;
  session: PrivateSession;
  /** `http://127.0.0.1:PORT` of the server to attach to. */
  attachTo: string;
  token: string;
  /** Folder of this run, below the staged Electron; a second start in the same folder is a second instance. */
  home: string;
  arguments_?: string[];
  /** The remembered windows and notes; `keep` leaves what is there. Default: every note was shown before. */
  windowState?: object | 'keep';
}

export interface LaunchedShell {
  app: ElectronApplication;
  /** The main process; stays readable after the app has ended. */
  main: ChildProcess;
  /** What the main process wrote to standard error, without Electron's own chatter. */
  errors(): string[];
  close(): Promise<void>;
}

/** Lines that Electron prints where there is no system bus, no GPU and no crash server; they say nothing about us. */
const chatter = [
  /Failed to connect to the bus/,
  /dbus\/object_proxy/,
  /interface_endpoint_client.*WidgetHost/,
  /viz_main_impl|gpu_process|vaapi|GLES|angle|eglInitialize|command_buffer/i,
  /Debugger (listening|attached|ending)|DevTools listening|For help, see|Waiting for the debugger/,
  /"level":"info"/,
];

const notesShown = { bounds: null, toldAboutClosing: true, toldAboutMissingTray: true };

/** Starts the shell under Playwright, in the sandbox, as a user who is not root. */
export async function launchShell(options: LaunchOptions): Promise<LaunchedShell> {
  await prepareHome(options);
  const app = await _electron.launch({
    executablePath: options.electron.launcher,
    args: options.arguments_ ?? [],
    chromiumSandbox: true,
    env: toEnvironment(options),
    timeout: 30_000,
  });
  await app.context().addInitScript({ path: shimsFile });
  const lines: string[] = [];
  const main = app.process();
  main.stderr?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
  return {
    app,
    main,
    errors: () => lines.filter((line) => line.trim() !== '' && !chatter.some((pattern) => pattern.test(line))),
    async close() {
      const late = sleep(10_000, undefined, { ref: false }).then(() => main.kill('SIGKILL'));
      await Promise.race([app.close().catch(() => undefined), late]);
    },
  };
}

export function toEnvironment({ session, attachTo, home }: LaunchOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    IMPETUS_HOME: home,
    IMPETUS_ATTACH: attachTo,
    ...session.environment,
  };
}

/** The shell's home as a run of the same user would have left it: the control token, and what it remembers. */
async function prepareHome({ home, token, windowState = notesShown }: LaunchOptions): Promise<void> {
  const [run, electron] = [path.join(home, 'run'), path.join(home, 'electron')];
  for (const folder of [run, electron]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await handOver(folder);
  }
  await writeOwned(path.join(run, 'control-token'), `${token}\n`);
  if (windowState === 'keep') return;
  await writeOwned(path.join(electron, 'window-state.json'), JSON.stringify(windowState));
}

async function writeOwned(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  await handOver(file);
}

async function handOver(file: string): Promise<void> {
  if (rigUser.uid !== undefined) await chown(file, rigUser.uid, rigUser.gid);
}
