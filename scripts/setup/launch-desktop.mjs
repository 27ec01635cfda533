import { setTimeout as sleep } from 'node:timers/promises';
import { startAppProcess } from './app-process.mjs';
import { readyLine } from './ready-line.mjs';
import { lastLine } from './run-command.mjs';
import { findRunningInstance } from './running-instance.mjs';

const pollMs = 250;
/** After /health answers the app may still load its model; its own ready line comes by itself. */
const readyLimitMs = 30_000;

/**
 * Starts the desktop app and waits for its end. It counts as started when its ready line comes or its /health answers.
 *
 * @param {object} options
 * @param {string} options.electron
 * @param {string[]} options.commandArguments
 * @param {string} options.cwd
 * @param {string} options.home
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {AbortSignal} options.signal asks the app to end
 * @param {number} [options.limitMs] default 30,000
 * @returns {Promise<{ started: true, code: number } | { started: false, reason: string }>}
 */
export async function launchDesktop(options) {
  const { electron, commandArguments, cwd, home, environment, signal, limitMs = readyLimitMs } = options;
  const app = startAppProcess({ command: electron, commandArguments, cwd, environment, holdErrors: true });
  const stop = () => app.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const outcome = await firstOf(app, home, limitMs);
    if (outcome === 'started' || signal.aborted) {
      app.showErrors();
      return { started: true, code: await app.exited };
    }
    if (outcome === 'hung') {
      app.stop();
      await app.exited;
      return { started: false, reason: `was not ready within ${limitMs / 1000} s` };
    }
    return await afterEarlyExit(app, home, outcome);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * An app that ends at once with 0 has handed over to one that runs already.
 * @param {import('./app-process.mjs').AppProcess} app
 * @param {string} home
 * @param {number} code
 * @returns {Promise<{ started: true, code: number } | { started: false, reason: string }>}
 */
async function afterEarlyExit(app, home, code) {
  const running = code === 0 ? await findRunningInstance(home) : undefined;
  if (running) {
    app.relay.announce(readyLine(running.url));
    return { started: true, code: 0 };
  }
  const said = lastLine(app.errorTail());
  return { started: false, reason: `ended with code ${code}${said ? ` (${said})` : ''}` };
}

/**
 * @param {import('./app-process.mjs').AppProcess} app
 * @param {string} home
 * @param {number} limitMs
 * @returns {Promise<'started' | 'hung' | number>} a number is the exit code of an app that ended before it was ready
 */
async function firstOf(app, home, limitMs) {
  const deadline = Date.now() + limitMs;
  /** @type {number | undefined} */
  let code;
  void app.exited.then((value) => (code = value));
  while (Date.now() < deadline) {
    if (code !== undefined) return code;
    if (app.relay.isReady || (await findRunningInstance(home))) return 'started';
    await Promise.race([app.exited, sleep(pollMs)]);
  }
  return 'hung';
}
