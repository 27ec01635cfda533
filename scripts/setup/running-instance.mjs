import http from 'node:http';
import path from 'node:path';
import { isAlive } from './file-lock.mjs';
import { readStamp } from './stamp-file.mjs';

const answerMs = 1_500;

/**
 * @typedef {{ pid: number, port: number, url: string }} RunningInstance
 */

/**
 * What `run/instance.json` of a home claims, without asking the server.
 * @param {string} home
 * @returns {RunningInstance | undefined} undefined when the file is absent, broken, or its process has gone
 */
function readInstance(home) {
  const claim = readStamp(path.join(home, 'run', 'instance.json'));
  const pid = Number(claim?.pid);
  const port = Number(claim?.port);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0 || !isAlive(pid)) return undefined;
  return { pid, port, url: `http://127.0.0.1:${port}` };
}

/**
 * The Impetus that serves this home right now: its process lives and /health answers.
 * @param {string} home
 * @returns {Promise<RunningInstance | undefined>}
 */
export async function findRunningInstance(home) {
  const instance = readInstance(home);
  return instance && (await answersHealth(instance.port)) ? instance : undefined;
}

/**
 * True when /health on that loopback port answers 200 with `{"status":"ok"}`.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function answersHealth(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (/** @type {string} */ text) => (body = (body + text).slice(0, 1_000)));
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200 && /"status"\s*:\s*"ok"/.test(body)));
    });
    request.setTimeout(answerMs, () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
