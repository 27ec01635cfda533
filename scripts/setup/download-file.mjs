import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { httpGet } from './http-request.mjs';
import { isAbort } from './setup-error.mjs';

const attempts = 3;
const answerMs = 10_000;

/** Why a file could not be had. `kind` says whether another source may help (`disk`: it cannot). */
export class DownloadError extends Error {
  /**
   * @param {'unreachable' | 'status' | 'wrong-content' | 'disk'} kind
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
 * Downloads a file, hashing while it streams. A cut connection is taken up again where it ended (Range), up to three
 * times, and so is a `.part` file of an earlier run. Only a file with the right hash ever gets the name `target`.
 *
 * @param {DownloadOptions} options
 * @returns {Promise<void>}
 * @throws {DownloadError}
 */
export async function downloadFile(options) {
  await mkdir(path.dirname(options.target), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const before = await sizeOf(partOf(options.target));
    try {
      await downloadOnce(options);
      return;
    } catch (error) {
      const failure = toDownloadError(error, options.url);
      const moved = before !== (await sizeOf(partOf(options.target)));
      if (failure.kind !== 'unreachable' || !moved || attempt === attempts) throw failure;
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
    const response = await httpGet(url, { ...options, headers, timeoutMs: Math.min(stallMs, answerMs) });
    const resumed = response.statusCode === 206;
    if (response.statusCode !== 200 && !resumed) return refuse(response, part, url);
    response.setTimeout(stallMs, () => response.destroy(new Error(`no data for ${stallMs} ms`)));
    if (resumed) received = await hashFile(part, hash);
    const count = async function* (/** @type {AsyncIterable<Buffer>} */ chunks) {
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > sizeBytes) throw new DownloadError('wrong-content', `${url} sends more than ${sizeBytes} bytes`);
        hash.update(chunk);
        onProgress?.(received);
        yield chunk;
      }
    };
    const file = createWriteStream(part, { flags: resumed ? 'a' : 'w' });
    await pipeline(response, count, file, { signal: options.signal });
  } else {
    received = await hashFile(part, hash);
  }
  if (received < sizeBytes) throw new Error(`the connection ended after ${received} of ${sizeBytes} bytes`);
  await finish({ part, target, url, expected: sha256, actual: hash.digest('hex') });
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
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message || code : String(error);
  const onDisk = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'].includes(code);
  return onDisk
    ? new DownloadError('disk', reason)
    : new DownloadError('unreachable', `${new URL(url).host}: ${reason}`);
}
