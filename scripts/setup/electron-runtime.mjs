import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { httpGet } from './http-request.mjs';
import { repositoryRoot, setupCache } from './repository.mjs';
import { lastLine, runCommand } from './run-command.mjs';
import { isAbort } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamp-file.mjs';

const retryAfterMs = 24 * 3_600_000;
const installLimitMs = 15 * 60_000;
const probeMs = 5_000;

/**
 * True where a window can be shown.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} [platform]
 * @returns {boolean}
 */
export function hasDisplay(environment, platform = process.platform) {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/**
 * The Electron binary that the package holds, or the one IMPETUS_ELECTRON names.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined}
 */
export function findElectron(root, environment) {
  if (environment.IMPETUS_ELECTRON) return path.resolve(environment.IMPETUS_ELECTRON);
  const folder = path.join(root, 'node_modules', 'electron');
  try {
    const file = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Finds the Electron runtime, or downloads it with Electron's own installer (checksums come with the package). When
 * its server cannot be reached that is remembered for a day, so that a start without network stays fast.
 *
 * @param {object} options
 * @param {import('./progress.mjs').Reporter} options.reporter
 * @param {string} options.nodePath Node >= 24
 * @param {string} [options.root]
 * @param {string} [options.cacheFolder]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {AbortSignal} [options.signal]
 * @param {() => number} [options.now]
 * @returns {Promise<string | undefined>}
 */
export async function obtainElectron(options) {
  const { root = repositoryRoot, cacheFolder = setupCache, environment = process.env, now = Date.now } = options;
  const found = findElectron(root, environment);
  if (found) return found;
  const installer = path.join(root, 'node_modules', 'electron', 'install.js');
  if (!existsSync(installer)) return undefined;
  const address = runtimeAddress(root, environment);
  const stampFile = path.join(cacheFolder, 'electron.json');
  const failure = readStamp(stampFile);
  if (failure?.address === address && now() - Number(failure.at) < retryAfterMs) return undefined;
  if (
    (await canReach(address, environment, options.signal)) &&
    (await install({ ...options, root, environment, installer }))
  ) {
    return findElectron(root, environment);
  }
  writeStamp(stampFile, { address, at: now() });
  return undefined;
}

/**
 * Where the installer will look, by its own rules for mirrors.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
function runtimeAddress(root, environment) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));
  const mirror =
    environment.ELECTRON_MIRROR ||
    environment.npm_config_electron_mirror ||
    'https://github.com/electron/electron/releases/download/';
  return `${mirror.replace(/\/*$/, '/')}v${version}/electron-v${version}-${process.platform}-${process.arch}.zip`;
}

/**
 * @param {string} address
 * @param {NodeJS.ProcessEnv} environment
 * @param {AbortSignal | undefined} signal
 */
async function canReach(address, environment, signal) {
  try {
    const response = await httpGet(address, {
      environment,
      signal,
      timeoutMs: probeMs,
      headers: { range: 'bytes=0-0' },
    });
    response.destroy();
    return response.statusCode === 200 || response.statusCode === 206;
  } catch (error) {
    if (isAbort(error)) throw error;
    return false;
  }
}

/**
 * @param {{ reporter: import('./progress.mjs').Reporter, nodePath: string, root: string, environment: NodeJS.ProcessEnv, installer: string, signal?: AbortSignal }} options
 * @returns {Promise<boolean>}
 */
async function install({ reporter, nodePath, root, environment, installer, signal }) {
  const step = reporter.step('Downloading the Electron runtime');
  const onMessage = (/** @type {unknown} */ message) => {
    step.update(/** @type {{ fraction: number }} */ (message).fraction);
  };
  const options = {
    cwd: root,
    environment: { ...environment, NODE_USE_ENV_PROXY: '1' },
    signal,
    timeoutMs: installLimitMs,
  };
  const downloader = path.join(root, 'scripts', 'setup', 'download-electron.mjs');
  const download = await runCommand(nodePath, [downloader, path.dirname(installer)], { ...options, onMessage });
  const result = download.code === 0 ? await runCommand(nodePath, [installer], options) : download;
  if (result.code === 0) step.done();
  else step.fail(lastLine(result.tail));
  return result.code === 0;
}
