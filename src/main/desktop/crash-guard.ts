import { app } from 'electron';
import type { ShellLog } from './shell-log.ts';

/**
 * A mistake of ours that nobody caught is written down, and the app goes on: Electron's own answer is a dialog that
 * blocks this process, and the server with it.
 */
export function setUpCrashGuard(log: ShellLog): void {
  const write = (what: string) => (error: unknown) =>
    log.warn({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, what);
  process.on('uncaughtException', write('an error was not caught'));
  process.on('unhandledRejection', write('a promise failed unheard'));
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') log.warn({ type, reason, exitCode }, 'a helper process is gone');
  });
}
