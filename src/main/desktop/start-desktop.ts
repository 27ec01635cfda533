import path from 'node:path';
import { app, clipboard, Menu, nativeTheme, session, shell, utilityProcess } from 'electron';
import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { createNodeWorkerHost, type HomePaths, type WorkerHost } from '../base/index.ts';
import { appMenu } from './app-menu.ts';
import { attachCore } from './attach.ts';
import { startControlIpc } from './control-ipc.ts';
import type { Core } from './core.ts';
import { setUpCrashGuard } from './crash-guard.ts';
import { showProblem, tellAboutMissingTray } from './notes.ts';
import { createLinkOpener } from './open-external.ts';
import { createPopover, type Popover } from './popover.ts';
import { setUpQuit, type Quit } from './quit.ts';
import { findRunningServer } from './running-server.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { lockSession } from './secure-window.ts';
import { followServer, type ServerView } from './server-view.ts';
import { withShellCommands } from './shell-commands.ts';
import { createLineLog, type ShellLog } from './shell-log.ts';
import { answered } from './state-words.ts';
import { createTray } from './tray.ts';
import { runTrayAction, type TrayHands } from './tray-actions.ts';
import { findTraySupport } from './tray-support.ts';
import { createUtilityWorkerHost } from './utility-worker-host.ts';
import { createMainWindow, type MainWindow } from './windows.ts';
import { openWindowState, type WindowStateFile } from './window-state.ts';

export interface DesktopOptions {
  paths: HomePaths;
  environment: NodeJS.ProcessEnv;
  files: DesktopFiles;
  /** False with `--no-open` and `--hidden`: the shell starts in the tray. */
  opensWindow: boolean;
  fetch: typeof globalThis.fetch;
  /**
   * Starts the server in this process; called only when there is none to attach to.
   */
  startCore(hooks: CoreHooks): Promise<Core>;
}

/** What a server of this process needs of the shell. */
export interface CoreHooks {
  workerHost: WorkerHost;
  /** Ends the app: somebody asked for it over the control contract. */
  quit: () => Promise<void>;
}

/** Absolute paths of what the build put beside the code. */
interface DesktopFiles {
  renderer: string;
  preload: string;
  trayIcons: string;
  icon: string;
}

/** What the parts of the running shell hand to each other. */
interface RunningShell {
  options: DesktopOptions;
  log: ShellLog;
  core: Core;
  client: ControlClient;
  view: ServerView;
  state: WindowStateFile;
  quit: Quit;
  openLink: (url: string) => Promise<void>;
  window: MainWindow;
  popover: Popover;
}

/** The shell's table of contents: every step of its start, in order. Resolves when tray and window stand. */
export async function startDesktop(options: DesktopOptions): Promise<void> {
  if (!claimProcess(options)) return;
  const log = createLineLog((line) => process.stderr.write(line));
  setUpCrashGuard(log);
  await app.whenReady();
  lockSession(session.defaultSession);
  serveScheme(session.defaultSession, options.files.renderer);
  const running = await buildShell(options, log);
  if (!running) return;
  setUpMenu(running);
  setUpControl(running);
  setUpTheme(running);
  setUpTray(running);
  setUpActivation(running);
  await openFirstWindow(running);
  log.info({ attached: running.core.isAttached }, 'the desktop shell is ready');
}

/** Everything that must precede `ready`. False: another instance runs already; it was told, and this one ends. */
function claimProcess({ paths }: DesktopOptions): boolean {
  app.enableSandbox();
  app.setName('Impetus');
  app.setPath('userData', paths.electron);
  registerScheme();
  if (app.requestSingleInstanceLock()) return true;
  app.exit(0);
  return false;
}

async function buildShell(options: DesktopOptions, log: ShellLog): Promise<RunningShell | undefined> {
  const late: { quit?: Quit } = {};
  const core = await connectCore(options, {
    workerHost: createWorkerHost(options.environment),
    quit: async () => late.quit?.leave(),
  }).catch(failToStart);
  if (!core) return undefined;
  const client = createControlClient(core.transport, {
    report: (problem) => log.warn({ code: problem.code, problem: problem.message }, 'the server broke the contract'),
  });
  const view: ServerView = { server: 'connecting', models: [] };
  const state = openWindowState(path.join(options.paths.electron, 'window-state.json'));
  const quit = (late.quit = setUpQuit({
    core,
    log,
    readServer: () => client.command('server.state', {}).catch(() => undefined),
  }));
  const openLink = createLinkOpener(() => answered(view.server)?.baseUrl);
  const onLink = (url: string) => void openLink(url).catch(showProblem);
  const { preload, icon } = options.files;
  const window = createMainWindow({ preload, icon, state, log, onLink, isQuitting: () => quit.isQuitting() });
  const popover = createPopover({ preload, log, onLink });
  return { options, log, core, client, view, state, quit, openLink, window, popover };
}

async function connectCore(options: DesktopOptions, hooks: CoreHooks): Promise<Core> {
  const { paths, environment, fetch } = options;
  const baseUrl = await findRunningServer(paths, environment);
  if (baseUrl === undefined) return options.startCore(hooks);
  return attachCore({ baseUrl, paths, createTransport: (transport) => createHttpTransport({ ...transport, fetch }) });
}

/** Packaged, Electron's helper processes; else the Node 24 that `npm start` names, or that is first on PATH. */
function createWorkerHost(environment: NodeJS.ProcessEnv): WorkerHost {
  return app.isPackaged
    ? createUtilityWorkerHost((entry, list, given) => utilityProcess.fork(entry, list, given))
    : createNodeWorkerHost({ execPath: environment['IMPETUS_NODE'] || 'node' });
}

/** A server that cannot start (its port is taken, its home cannot be written): said plainly, then the app ends. */
async function failToStart(thrown: unknown): Promise<undefined> {
  const { code, message, hint } = toAppError(thrown);
  process.stderr.write(`${message}${hint === undefined ? '' : ` ${hint}`}\n`);
  if (app.isPackaged) await showProblem(thrown);
  app.exit(code === 'port-in-use' ? 3 : 1);
}

function setUpMenu({ window, quit }: RunningShell): void {
  const template = appMenu({
    platform: process.platform,
    isDevelopment: !app.isPackaged,
    openPage: (page) => window.open(page),
    quit: () => void quit.quit(),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

function setUpControl({ core, window, popover, quit, options }: RunningShell): void {
  startControlIpc(
    withShellCommands(core.transport, {
      'shell.openWindow': ({ page }) => {
        popover.hide();
        window.open(page);
      },
      'shell.hidePopover': () => popover.hide(),
      'shell.resizePopover': ({ height }) => popover.resize(height),
      'shell.openLogsFolder': () => openFolder(options.paths.logs),
      // Answered before the app ends, or the page would wait for ever.
      'shell.quit': () => void quit.quit(),
    }),
  );
}

async function openFolder(folder: string): Promise<void> {
  const problem = await shell.openPath(folder);
  if (problem !== '') throw new AppError('not-available', `The folder ${folder} could not be shown: ${problem}`);
}

function setUpTheme({ client }: RunningShell): void {
  client.signal('settings.changed', ({ theme }) => (nativeTheme.themeSource = theme));
}

/** The subscription holds the icon: Electron collects a tray that nobody refers to. */
function setUpTray(running: RunningShell): void {
  const { options, core, client, view, window, popover } = running;
  const hands = trayHands(running);
  const tray = createTray({
    icons: options.files.trayIcons,
    isAttached: core.isAttached,
    onAction: (action) => void runTrayAction(action, client, hands).catch(showProblem),
    onClick: (bounds) => {
      if (!popover.toggle(bounds)) window.open();
    },
  });
  followServer(client, (next) => {
    Object.assign(view, next);
    tray.show(next.server, next.models);
  });
}

function trayHands({ window, openLink, quit, options }: RunningShell): TrayHands {
  return {
    copy: (text) => void clipboard.writeText(text),
    openWindow: (page) => window.open(page),
    openLink: (url) => openLink(url),
    openLogs: () => openFolder(options.paths.logs),
    detach: () => void quit.leave(),
    quit: () => quit.quit(),
  };
}

/** A second start, the dock icon or the app grid: the running app shows itself. */
function setUpActivation({ window }: RunningShell): void {
  app.on('second-instance', () => window.open());
  app.on('activate', () => window.open());
  app.on('window-all-closed', () => undefined); // The tray goes on.
}

async function openFirstWindow({ options, window, state }: RunningShell): Promise<void> {
  const tray = await findTraySupport(process.platform);
  if (options.opensWindow || tray !== 'shown') window.open();
  else app.dock?.hide();
  if (tray === 'absent') await tellAboutMissingTray(state);
}
