import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { isInstalled, packageFolders } from './lockfile.mjs';
import { repositoryRoot, setupCache } from './repository.mjs';
import { lastLine, runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamp-file.mjs';

const pollMs = 700;

/**
 * Installs what package-lock.json names when it is missing or the lockfile changed (`npm ci --ignore-scripts`).
 * Costs two `stat` calls when nothing changed. An installed package without a lockfile has nothing to do.
 *
 * @param {object} options
 * @param {import('./progress.mjs').Reporter} options.reporter
 * @param {string} [options.root]
 * @param {string} [options.cacheFolder]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<'fresh' | 'installed'>}
 * @throws {SetupError} when npm fails, with npm's last words
 */
export async function ensureDependencies(options) {
  const { reporter, root = repositoryRoot, cacheFolder = setupCache, environment = process.env, signal } = options;
  const lockPath = path.join(root, 'package-lock.json');
  if (!existsSync(lockPath)) return 'fresh';
  const stampFile = path.join(cacheFolder, 'dependencies.json');
  if (isFresh(root, lockPath, stampFile)) return 'fresh';
  const onWait = (/** @type {number} */ pid) => reporter.line(`Waiting for process ${pid}, which is installing.`);
  return withFileLock({ file: path.join(cacheFolder, 'install.lock'), onWait, signal }, async () => {
    if (isFresh(root, lockPath, stampFile)) return 'fresh';
    await install({ reporter, root, lockPath, environment, signal });
    writeStamp(stampFile, stampOf(lockPath));
    return 'installed';
  });
}

/**
 * @param {string} root
 * @param {string} lockPath
 * @param {string} stampFile
 */
function isFresh(root, lockPath, stampFile) {
  const installedPath = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const stamp = readStamp(stampFile);
  const { size, mtimeMs } = statSync(lockPath);
  const sameSystem = stamp?.system === systemName();
  if (sameSystem && stamp?.size === size && stamp.mtimeMs === mtimeMs) return true;
  const sameContent = sameSystem && stamp?.sha256 === sha256Of(lockPath);
  if (!sameContent && !isInstalled(readJson(lockPath), readJson(installedPath))) return false;
  writeStamp(stampFile, stampOf(lockPath));
  return true;
}

/** @param {string} lockPath */
function stampOf(lockPath) {
  const { size, mtimeMs } = statSync(lockPath);
  return { size, mtimeMs, sha256: sha256Of(lockPath), system: systemName() };
}

const systemName = () => `${process.platform}-${process.arch}`;
/** @param {string} file */
const sha256Of = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
/** @param {string} file @returns {import('./lockfile.mjs').Lockfile} */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * @param {object} options
 * @param {import('./progress.mjs').Reporter} options.reporter
 * @param {string} options.root
 * @param {string} options.lockPath
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {AbortSignal} [options.signal]
 */
async function install({ reporter, root, lockPath, environment, signal }) {
  const step = reporter.step('Installing packages');
  const folders = packageFolders(readJson(lockPath));
  const report = () => {
    const present = folders.filter((folder) => existsSync(path.join(root, folder, 'package.json'))).length;
    step.update(Math.min(0.99, present / folders.length), `${present} of ${folders.length} packages`);
  };
  const timer = setInterval(report, pollMs);
  try {
    const npm = npmCommand(environment);
    const { code, tail } = await runCommand(
      npm.command,
      [...npm.prefix, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      { cwd: root, environment: { ...environment, NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' }, signal },
    );
    if (code !== 0) throw npmFailure(code, tail);
    step.done(`${folders.length} packages`);
  } catch (error) {
    step.fail();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * @param {number} code
 * @param {string} tail
 */
function npmFailure(code, tail) {
  const words = tail.split('\n').map((line) => line.replace(/^npm error\s*/, ''));
  const said = words.find((line) => line !== '' && !/^(code|errno|syscall) |complete log/.test(line)) ?? lastLine(tail);
  if (code === 127)
    return new SetupError('npm was not found.', 'Install Node from https://nodejs.org, npm comes with it.');
  const hint = 'Check the network and the npm registry setting, then run the command again.';
  return new SetupError(`npm ci failed with code ${code}: ${said.replace(/\.$/, '')}.`, hint);
}

/**
 * The npm that started us, else the one beside our Node, else the one on PATH. Run through Node where its script is
 * known, because Windows cannot start `npm.cmd` without a shell.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ command: string, prefix: string[] }}
 */
function npmCommand(environment) {
  const folder = path.dirname(process.execPath);
  const scripts = [
    environment.npm_execpath ?? '',
    path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = scripts.find((file) => path.basename(file) === 'npm-cli.js' && existsSync(file));
  return script ? { command: process.execPath, prefix: [script] } : { command: 'npm', prefix: [] };
}
