import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readSystemCode } from './file-error.ts';

const retryMs = 10;
/** A lock older than this belongs to a process that died: writing a settings file takes milliseconds. */
const staleMs = 5_000;

/**
 * Runs `work` while no other process does so for the same file (a lock file beside it). Waits for a living holder, at
 * most `staleMs`; the lock of a dead one is taken over.
 */
export async function withFileLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const lock = `${file}.lock`;
  await mkdir(path.dirname(file), { recursive: true });
  while (!(await tryLock(lock))) await delay(retryMs);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if (readSystemCode(error) !== 'EEXIST') throw error;
    await removeStaleLock(lock);
    return false;
  }
}

async function removeStaleLock(lock: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(lock);
    if (Math.abs(Date.now() - mtimeMs) > staleMs) await rm(lock, { force: true });
  } catch (error) {
    if (readSystemCode(error) !== 'ENOENT') throw error;
  }
}
