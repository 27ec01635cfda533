import { spawn } from 'node:child_process';
import os from 'node:os';
import { createReadyRelay } from './ready-line.mjs';

/** The app itself drains for at most 5 s; what lives longer than this is ended. */
const drainLimitMs = 8_500;
const errorTailLength = 2_000;

/**
 * One running app: its output passed on, its end as an exit code.
 *
 * @typedef {object} AppProcess
 * @property {number} pid
 * @property {Promise<number>} exited the exit code; 128 + number for a signal, 127 when it could not be started
 * @property {ReturnType<typeof createReadyRelay>} relay
 * @property {() => string} errorTail the last lines of its standard error
 * @property {() => void} showErrors passes on the standard error held back so far, and all of it from now on
 * @property {() => void} stop asks it to drain and end; insists after 8.5 s
 */

/**
 * @param {object} options
 * @param {string} options.command
 * @param {string[]} options.commandArguments
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {boolean} [options.holdErrors] standard error stays unseen until `showErrors`
 * @param {(url: string) => void} [options.onReady]
 * @returns {AppProcess}
 */
export function startAppProcess({
  command,
  commandArguments,
  cwd,
  environment,
  holdErrors = false,
  onReady = () => {},
}) {
  const child = spawn(command, commandArguments, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const relay = createReadyRelay({ write: (text) => process.stdout.write(text), onReady });
  child.stdout.setEncoding('utf8').on('data', (text) => relay.push(text));
  let held = '';
  let isHeld = holdErrors;
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    if (isHeld) held = (held + text).slice(-errorTailLength);
    else process.stderr.write(text);
  });
  const exited = new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code, signal) => {
      relay.end();
      resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 1));
    });
  });
  return {
    pid: child.pid ?? 0,
    exited,
    relay,
    errorTail: () => held.trim(),
    showErrors() {
      isHeld = false;
      process.stderr.write(held);
    },
    stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), drainLimitMs);
      void exited.then(() => clearTimeout(insist));
    },
  };
}
