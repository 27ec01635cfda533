import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const answerMs = 3_000;

/**
 * Asks a running Impetus for a one-time address of its UI (valid for 60 s), with the control token of its home.
 * @param {{ home: string, url: string }} instance
 * @returns {Promise<string | undefined>} undefined when it does not give one
 */
export async function requestUiAddress({ home, url }) {
  try {
    const token = readFileSync(path.join(home, 'run', 'control-token'), 'utf8').trim();
    const reply = await postJson(new URL('/control/v1/server.openUi', url), token);
    const address = JSON.parse(reply)?.value?.url;
    return typeof address === 'string' ? new URL(address, url).href : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens an address in the user's browser; a machine without one is left in peace.
 * @param {string} address
 */
export function openInBrowser(address) {
  const [command, ...before] = browserCommand();
  const child = spawn(command, [...before, address], { stdio: 'ignore', detached: true, windowsHide: true });
  child.on('error', () => undefined);
  child.unref();
}

/** @returns {[string, ...string[]]} */
function browserCommand() {
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}

/**
 * @param {URL} url
 * @param {string} token
 * @returns {Promise<string>}
 */
function postJson(url, token) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const request = http.request(url, { method: 'POST', headers, agent: false, timeout: answerMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.end('{}');
  });
}
