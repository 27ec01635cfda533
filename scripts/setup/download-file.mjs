import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { httpGet } from './http-request.mjs';
import { isAbort } from './setup-error.mjs';

const maxIdleAttempts = 3;
const maxAttempts = 50;
const answerMs = 10_000;

/**
 * Why a file could not be had. `cut`: the connection broke on the way, what has arrived is kept. `disk`: no other
 * source helps either.
 */
export class DownloadError extends Error {
  /**
   * @param {'unreachable' | 'cut' | 'status' | 'wrong-content' | 'disk'} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message);
    this.name = 'DownloadError';
    this.kind = kind;
  }
}

/**
 * @typedef {object} DownloadOptions
 * @property {string} url
 * @property {string} target where the verified file ends up; `target.part` holds what has arrived so far
 * @property {string} sha256
 * @property {number} sizeBytes
 * @property {Record<string, string>} [headers]
 * @property {NodeJS.ProcessEnv} [environment]
 * @property {AbortSignal} [signal]
 * @property {number} [stallMs] silence that counts as a cut connection; default 30,000
 * @property {(receivedBytes: number) => void} [onProgress]
 */

/**
 * Downloads a file, hashing while it streams. A cut connection is taken up again where it ended (Range) until three
 * attempts in a row bring nothing new, and so is a `.part` file of an earlier run. Only a file with the right hash ever
 * gets the name `target`.
 *
 * @param {DownloadOptions} options
 * @returns {Promise<void>}
 * @throws {DownloadError}
 */
export async function downloadFile(options) {
  await mkdir(path.dirname(options.target), { recursive: true });
  for (let attempt = 1, idle = 0; ; attempt += 1) {
    const before = await sizeOf(partOf(options.target));
    try {
      await downloadOnce(options);
      return;
    } catch (error) {
      const failure = toDownloadError(error, options.url);
      const moved = (await sizeOf(partOf(options.target))) > before;
      idle = moved ? 0 : idle + 1;
      if (failure.kind !== 'cut' || idle === maxIdleAttempts || attempt === maxAttempts) throw failure;
    }
  }
}

/** @param {string} target */
const partOf = (target) => `${target}.part`;

/** @param {DownloadOptions} options */
async function downloadOnce({ url, target, sha256, sizeBytes, onProgress, stallMs = 30_000, ...options }) {
  const part = partOf(target);
  const have = await sizeOf(part);
  const hash = createHash('sha256');
  let received = 0;
  if (have !== sizeBytes) {
    const headers = { ...options.headers, ...(have > 0 ? { range: `bytes=${have}-` } : {}) };
    const response = await openDownload(url, { ...options, headers, timeoutMs: Math.min(stallMs, answerMs) });
    const resumed = response.statusCode === 206;
    if (response.statusCode !== 200 && !resumed) return refuse(response, part, url);
    response.setTimeout(stallMs, () => response.destroy(new Error(`no data for ${stallMs} ms`)));
    if (resumed) received = await hashFile(part, hash);
    const file = await open(part, resumed ? 'a' : 'w');
    try {
      for await (const chunk of response) {
        received += chunk.length;
        if (received > sizeBytes) throw new DownloadError('wrong-content', `${url} sends more than ${sizeBytes} bytes`);
        hash.update(chunk);
        await file.writeFile(chunk);
        onProgress?.(received);
      }
    } finally {
      await file.close();
    }
  } else {
    received = await hashFile(part, hash);
  }
  if (received < sizeBytes) throw new Error(`the connection ended after ${received} of ${sizeBytes} bytes`);
  await finish({ part, target, url, expected: sha256, actual: hash.digest('hex') });
}

/**
 * @param {string} url
 * @param {Parameters<typeof httpGet>[1]} options
 */
async function openDownload(url, options) {
  try {
    return await httpGet(url, options);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new DownloadError('unreachable', `${new URL(url).host}: ${reasonOf(error)}`);
  }
}

/**
 * @param {string} file
 * @param {import('node:crypto').Hash} hash
 * @returns {Promise<number>} bytes hashed
 */
async function hashFile(file, hash) {
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
}

/**
 * The sha256 of a whole file, in hex.
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function sha256OfFile(file) {
  const hash = createHash('sha256');
  await hashFile(file, hash);
  return hash.digest('hex');
}

/** @param {{ part: string, target: string, url: string, expected: string, actual: string }} file */
async function finish({ part, target, url, expected, actual }) {
  if (actual !== expected) {
    await rm(part, { force: true });
    throw new DownloadError('wrong-content', `${url} gave a file with sha256 ${actual}, expected ${expected}`);
  }
  await rename(part, target);
}

/**
 * @param {import('node:http').IncomingMessage} response
 * @param {string} part
 * @param {string} url
 */
async function refuse(response, part, url) {
  response.destroy();
  if (response.statusCode === 416) {
    await rm(part, { force: true });
    throw new Error('the server cannot resume this file');
  }
  throw new DownloadError('status', `${url} answered ${response.statusCode}`);
}

/** @param {string} file */
async function sizeOf(file) {
  return stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
}

/**
 * @param {unknown} error
 * @param {string} url
 * @returns {DownloadError}
 */
function toDownloadError(error, url) {
  if (isAbort(error)) throw error;
  if (error instanceof DownloadError) return error;
  if (diskCodes.includes(codeOf(error))) return new DownloadError('disk', reasonOf(error));
  return new DownloadError('cut', `${new URL(url).host}: ${reasonOf(error)}`);
}

const diskCodes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'];
/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');
/** Some network errors carry only a code. @param {unknown} error */
const reasonOf = (error) => (error instanceof Error && error.message) || codeOf(error) || String(error);
