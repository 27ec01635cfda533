import { spawn } from 'node:child_process';
import { throwIfAborted } from './setup-error.mjs';

const killAfterMs = 5_000;
const tailLength = 4_000;

/**
 * Runs a command to its end, hands over its output line by line and keeps the last 4,000 characters of it.
 * A command that cannot be started answers with code 127. An abort ends the command (SIGTERM, then SIGKILL) and throws.
 *
 * @param {string} command
 * @param {string[]} commandArguments
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {AbortSignal} [options.signal]
 * @param {number} [options.timeoutMs]
 * @param {(line: string) => void} [options.onLine]
 * @param {(message: unknown) => void} [options.onMessage] opens an IPC channel to the command
 * @param {boolean} [options.inherit] the command writes to our own output instead
 * @param {boolean} [options.ownGroup] an abort ends everything the command has started, not the command alone
 * @returns {Promise<{ code: number, tail: string, timedOut: boolean }>}
 */
export async function runCommand(command, commandArguments, options = {}) {
  const { cwd, environment = process.env, signal, timeoutMs, onLine, onMessage } = options;
  const ownGroup = options.ownGroup === true && process.platform !== 'win32';
  throwIfAborted(signal);
  const output = options.inherit ? 'inherit' : 'pipe';
  const child = spawn(command, commandArguments, {
    cwd,
    env: environment,
    stdio: ['ignore', output, output, ...(onMessage ? /** @type {const} */ (['ipc']) : [])],
    windowsHide: true,
    detached: ownGroup,
  });
  const tail = collectLines(child, onLine);
  if (onMessage) child.on('message', onMessage);
  let timedOut = false;
  const stop = () => endChild(child, ownGroup);
  const onTimeout = () => {
    timedOut = true;
    stop();
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const code = await childExit(child);
    throwIfAborted(signal);
    return { code, tail: tail(), timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * Asks a child to end and insists after 5 s.
 * @param {import('node:child_process').ChildProcess} child
 * @param {boolean} ownGroup
 */
function endChild(child, ownGroup) {
  const kill = (/** @type {NodeJS.Signals} */ name) => (ownGroup ? killGroup(child.pid, name) : child.kill(name));
  kill('SIGTERM');
  const insist = setTimeout(() => kill('SIGKILL'), killAfterMs);
  child.once('close', () => clearTimeout(insist));
}

/**
 * @param {number | undefined} leader
 * @param {NodeJS.Signals} name
 */
function killGroup(leader, name) {
  try {
    if (leader !== undefined) process.kill(-leader, name);
  } catch {
    // The group has ended by itself.
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function childExit(child) {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {((line: string) => void) | undefined} onLine
 * @returns {() => string}
 */
function collectLines(child, onLine) {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (/** @type {string} */ text) => {
      kept = (kept + text).slice(-tailLength);
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
  }
  return () => kept.trim();
}

/**
 * The last line with text in it: what a failed command most likely wanted to say.
 * @param {string} text
 * @returns {string}
 */
export function lastLine(text) {
  return text.trim().split('\n').pop()?.trim() ?? '';
}
