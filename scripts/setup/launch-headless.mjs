import path from 'node:path';
import { startAppProcess } from './app-process.mjs';

const stopWithParent = new URL('./stop-with-parent.mjs', import.meta.url).href;

/**
 * How our own code is run under Node 24: it ends when the script that runs it has gone, and is not troubled by
 * node:sqlite announcing itself as experimental.
 */
export const nodeFlags = ['--disable-warning=ExperimentalWarning', '--import', stopWithParent];

/**
 * Runs the built headless app until it ends.
 *
 * @param {object} options
 * @param {string} options.nodePath Node >= 24
 * @param {string} options.root
 * @param {string[]} options.argv the flags as the user gave them
 * @param {boolean} [options.isQuestion] `--help` or `--version`: answered by the command line instead
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {AbortSignal} options.signal asks the app to drain and end
 * @param {(url: string) => void} options.onReady
 * @returns {Promise<number>} the app's exit code
 */
export async function launchHeadless({ nodePath, root, argv, isQuestion = false, environment, signal, onReady }) {
  const entry = isQuestion ? 'impetus.js' : 'headless.js';
  const app = startAppProcess({
    command: nodePath,
    commandArguments: [...nodeFlags, path.join(root, 'dist', 'headless', entry), ...argv],
    cwd: process.cwd(),
    environment: withCompileCache(environment, root),
    onReady,
  });
  const stop = () => app.stop();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await app.exited;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Compiled code is kept between starts, which saves about a third of the time to ready.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function withCompileCache(environment, root) {
  return { NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile'), ...environment };
}
