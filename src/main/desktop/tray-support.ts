import { execFile } from 'node:child_process';

/** Whether the desktop shows tray icons. `unknown`: it could not be asked. */
export type TraySupport = 'shown' | 'absent' | 'unknown';

const question = [
  'call',
  '--session',
  '--dest=org.freedesktop.DBus',
  '--object-path=/org/freedesktop/DBus',
  '--method=org.freedesktop.DBus.NameHasOwner',
  'org.kde.StatusNotifierWatcher',
];

/** macOS and Windows always show them. On Linux the session bus knows: stock GNOME has nobody who draws trays. */
export async function findTraySupport(platform: NodeJS.Platform, ask = askSessionBus): Promise<TraySupport> {
  if (platform !== 'linux') return 'shown';
  return toTraySupport(await ask());
}

/** `gdbus` prints `(true,)` or `(false,)`; anything else, or no answer, leaves the question open. */
export function toTraySupport(answer: string | undefined): TraySupport {
  if (answer?.includes('true')) return 'shown';
  return answer?.includes('false') ? 'absent' : 'unknown';
}

/** Undefined without gdbus, without a session bus, or after 500 ms. */
function askSessionBus(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('gdbus', question, { timeout: 500 }, (error, output) => resolve(error ? undefined : output));
  });
}
