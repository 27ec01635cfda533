import { isAlive } from './file-lock.mjs';

const pollMs = 1_000;

/**
 * Calls back once when the process that started this one has gone. POSIX hands orphans to another parent, so the
 * parent's id changes; Windows keeps the old id, so it is asked whether it lives. The timer keeps nothing alive.
 * @param {() => void} onGone
 */
export function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    const gone = process.platform === 'win32' ? !isAlive(parent) : process.ppid !== parent;
    if (!gone) return;
    clearInterval(timer);
    onGone();
  }, pollMs);
  timer.unref();
}
