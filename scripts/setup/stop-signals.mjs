import { watchParent } from './watch-parent.mjs';

/** How a command ends when it is interrupted before its work began. */
export const interruptedCode = 130;

/**
 * One AbortSignal for everything that ends a command: SIGINT, SIGTERM, SIGHUP, or the death of the process that
 * started it. Repeated signals change nothing: what runs is draining already.
 * @returns {AbortSignal}
 */
export function createStopSignal() {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, stop);
  watchParent(stop);
  return controller.signal;
}
