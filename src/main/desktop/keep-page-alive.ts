import type { BrowserWindow } from 'electron';
import { shouldReload } from './reload-policy.ts';
import type { ShellLog } from './shell-log.ts';

/** A page whose process died is loaded again; the server never notices. After three in a minute it stays closed. */
export function keepPageAlive(window: BrowserWindow, log: ShellLog): void {
  const reloads: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    const now = Date.now();
    const again = shouldReload(reloads, now);
    log.warn({ reason, exitCode, again }, 'the window process is gone');
    if (!again) return window.hide();
    reloads.push(now);
    window.webContents.reload();
  });
  window.on('unresponsive', () => log.warn({}, 'the window does not respond'));
}
