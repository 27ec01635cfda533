/**
 * `npm start`: from a fresh checkout to a running Impetus. Installs, fetches the default model, builds, and starts the
 * desktop app, or the headless server where there is no display or no Electron. Plain Node >= 18, no dependencies.
 */
import process from 'node:process';
import { obtainDefaultModel } from './setup/default-model.mjs';
import { hasDisplay, obtainElectron } from './setup/electron-runtime.mjs';
import { launchDesktop } from './setup/launch-desktop.mjs';
import { launchHeadless } from './setup/launch-headless.mjs';
import { openInBrowser, requestUiAddress } from './setup/open-ui.mjs';
import { prepare } from './setup/prepare.mjs';
import { createReporter } from './setup/progress.mjs';
import { readyLine } from './setup/ready-line.mjs';
import { devCacheFolder, homeFolder, repositoryRoot } from './setup/repository.mjs';
import { findRunningInstance } from './setup/running-instance.mjs';
import { SetupError, isAbort } from './setup/setup-error.mjs';
import { readStartFlags } from './setup/start-flags.mjs';
import { createStopSignal, interruptedCode } from './setup/stop-signals.mjs';

const argv = process.argv.slice(2);
const flags = readStartFlags(argv);
const reporter = createReporter({ output: flags.json ? process.stdout : process.stderr, json: flags.json });
const signal = createStopSignal();

try {
  process.exitCode = await start();
} catch (error) {
  process.exitCode = explain(error);
}

/** @returns {Promise<number>} the exit code */
async function start() {
  // npm runs scripts in the checkout; relative paths in flags mean the folder the user is in.
  if (process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  const home = homeFolder(flags.home, process.env);
  const running = flags.isQuestion ? undefined : await findRunningInstance(home);
  if (running) {
    const ready = flags.json ? JSON.stringify({ url: running.url, pid: running.pid }) : readyLine(running.url);
    process.stdout.write(`${ready}\n`);
    return 0;
  }
  if (flags.model === undefined && !flags.isQuestion) {
    await obtainDefaultModel({ home, devCache: devCacheFolder(process.env), reporter, signal });
  }
  const prepared = await prepare({ reporter, signal });
  if (!flags.headless && !flags.isQuestion) {
    const code = await tryDesktop({ ...prepared, home });
    if (code !== undefined) return code;
  }
  const onReady = (/** @type {string} */ url) => void showUi(home, url);
  const question = { argv: [...(argv.includes('--help') ? ['serve'] : []), ...argv], isQuestion: true };
  const work = flags.isQuestion ? question : { argv };
  return launchHeadless({ ...prepared, ...work, root: repositoryRoot, signal, onReady });
}

/**
 * @param {{ nodePath: string, environment: NodeJS.ProcessEnv, home: string }} options
 * @returns {Promise<number | undefined>} the app's exit code; undefined when the headless server must take over
 */
async function tryDesktop({ nodePath, environment, home }) {
  const instead = 'serving without the desktop app, with the same UI in the browser at /ui.';
  if (!hasDisplay(environment)) {
    reporter.line(`No display here: ${instead}`);
    return undefined;
  }
  const electron = await obtainElectron({ reporter, nodePath, environment, signal });
  if (!electron) {
    reporter.line(`The Electron runtime is not available: ${instead}`);
    return undefined;
  }
  const desktopEnvironment = { ...environment };
  delete desktopEnvironment.ELECTRON_RUN_AS_NODE;
  const result = await launchDesktop({
    electron,
    commandArguments: [repositoryRoot, ...argv],
    cwd: process.cwd(),
    home,
    environment: desktopEnvironment,
    signal,
  });
  if (result.started) return result.code;
  reporter.line(`The desktop app ${result.reason}: ${instead}`);
  return undefined;
}

/**
 * @param {string} home
 * @param {string} url
 */
async function showUi(home, url) {
  if (argv.includes('--no-open')) return;
  const address = await requestUiAddress({ home, url });
  if (!address) return;
  reporter.line(`Open the UI within 60 s at ${address}`);
  if (hasDisplay(process.env)) openInBrowser(address);
}

/**
 * @param {unknown} error
 * @returns {number} the exit code
 */
function explain(error) {
  if (isAbort(error)) return interruptedCode;
  if (!(error instanceof SetupError)) throw error;
  reporter.line(error.line);
  return 1;
}
