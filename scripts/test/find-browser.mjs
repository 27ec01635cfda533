import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lastLine, runCommand } from '../setup/run-command.mjs';
import { SetupError } from '../setup/setup-error.mjs';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const downloadLimitMs = 5 * 60_000;

/**
 * The browser of the tests: an installed Chrome or Chromium, else Playwright's own download into the developers' cache,
 * else Debian's package when root.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.nodePath
 * @param {string} options.devCache
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {AbortSignal} [options.signal]
 * @param {boolean} [options.isRoot]
 * @returns {Promise<string>} the executable
 * @throws {SetupError} saying what to install
 */
export async function obtainBrowser(options) {
  const found = findInstalledBrowser(options.environment) ?? (await downloadBrowser(options));
  if (found) return found;
  const { isRoot = process.getuid?.() === 0 } = options;
  if (isRoot && (await installPackage(options))) {
    const installed = findInstalledBrowser(options.environment);
    if (installed) return installed;
  }
  throw new SetupError('The tests need a browser.', 'Install Chrome or Chromium and run npm test again.');
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined}
 */
function findInstalledBrowser(environment) {
  const named = environment.IMPETUS_BROWSER;
  if (named) return named;
  if (process.platform === 'win32') return windowsPlaces(environment).find((file) => existsSync(file));
  const folders = (environment.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = commands.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const candidates = process.platform === 'darwin' ? [...macApplications, ...onPath] : onPath;
  // Some systems ship a "chromium" that only tells how to install one.
  return candidates.find(
    (file) => existsSync(file) && spawnSync(file, ['--version'], { timeout: 20_000 }).status === 0,
  );
}

/** @param {NodeJS.ProcessEnv} environment */
function windowsPlaces(environment) {
  return [environment.ProgramFiles, environment['ProgramFiles(x86)'], environment.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .map((folder) => path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'));
}

/**
 * @param {{ root: string, nodePath: string, devCache: string, environment: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 * @returns {Promise<string | undefined>}
 */
async function downloadBrowser({ root, nodePath, devCache, environment, signal }) {
  const withFolder = { ...environment, PLAYWRIGHT_BROWSERS_PATH: path.join(devCache, 'browsers') };
  const options = { cwd: root, environment: withFolder, signal, timeoutMs: downloadLimitMs };
  const cli = path.join(root, 'node_modules', 'playwright-core', 'cli.js');
  const { code } = await runCommand(nodePath, [cli, 'install', '--no-shell', 'chromium'], options);
  if (code !== 0) return undefined;
  const question = "import('playwright-core').then(({ chromium }) => console.log(chromium.executablePath()))";
  const answer = lastLine((await runCommand(nodePath, ['-e', question], options)).tail);
  return existsSync(answer) ? answer : undefined;
}

/**
 * @param {{ environment: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 * @returns {Promise<boolean>}
 */
async function installPackage({ environment, signal }) {
  const options = { environment: { ...environment, DEBIAN_FRONTEND: 'noninteractive' }, signal };
  await runCommand('apt-get', ['update', '-qq'], options);
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
  return (await runCommand('apt-get', install, options)).code === 0;
}
