import { existsSync } from 'node:fs';
import path from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { repositoryRoot, setupCache } from './repository.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { fingerprintSources, hashSources } from './source-hash.mjs';
import { readStamp, writeStamp } from './stamp-file.mjs';

/** Without this file there is nothing to start, whatever the stamp says. */
const mainOutput = path.join('dist', 'headless', 'headless.js');

/**
 * Builds when the sources differ from those of the last build. A hash over the contents decides; sizes and times are
 * compared first so that an unchanged checkout costs a few milliseconds. A package without sources is taken as built.
 *
 * @param {object} options
 * @param {import('./progress.mjs').Reporter} options.reporter
 * @param {string} options.nodePath Node >= 24
 * @param {string} [options.root]
 * @param {string} [options.cacheFolder]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<'fresh' | 'built'>}
 * @throws {SetupError} when the build fails, with its last words
 */
export async function ensureBuild(options) {
  const { reporter, root = repositoryRoot, cacheFolder = setupCache, signal } = options;
  if (!existsSync(path.join(root, 'src'))) return 'fresh';
  const stampFile = path.join(cacheFolder, 'build.json');
  if (isFresh(root, stampFile)) return 'fresh';
  const onWait = (/** @type {number} */ pid) => reporter.line(`Waiting for process ${pid}, which is building.`);
  return withFileLock({ file: path.join(cacheFolder, 'build.lock'), onWait, signal }, async () => {
    if (isFresh(root, stampFile)) return 'fresh';
    const stamp = { fingerprint: fingerprintSources(root), hash: hashSources(root) };
    await build({ ...options, root });
    writeStamp(stampFile, stamp);
    return 'built';
  });
}

/**
 * @param {string} root
 * @param {string} stampFile
 */
function isFresh(root, stampFile) {
  const stamp = readStamp(stampFile);
  if (!stamp || !existsSync(path.join(root, mainOutput))) return false;
  const fingerprint = fingerprintSources(root);
  if (stamp.fingerprint === fingerprint) return true;
  if (stamp.hash !== hashSources(root)) return false;
  writeStamp(stampFile, { ...stamp, fingerprint });
  return true;
}

/**
 * @param {object} options
 * @param {import('./progress.mjs').Reporter} options.reporter
 * @param {string} options.nodePath
 * @param {string} options.root
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {AbortSignal} [options.signal]
 */
async function build({ reporter, nodePath, root, environment, signal }) {
  const step = reporter.step('Building');
  const onMessage = (/** @type {unknown} */ message) => {
    const { target, done, total } = /** @type {{ target: string, done: number, total: number }} */ (message);
    step.update(done / total, target);
  };
  const { code, tail } = await runCommand(nodePath, [path.join(root, 'scripts', 'build.mjs')], {
    cwd: root,
    environment: { ...environment, NO_COLOR: '1' },
    signal,
    onMessage,
  });
  if (code === 0) return step.done();
  step.fail();
  throw new SetupError(`The build failed:\n${tail}\n`, 'Undo the change that broke it, or see "npm run build".');
}
