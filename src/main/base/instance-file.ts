import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors/app-error.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { HomePaths } from './home-paths.ts';

/** What `run/instance.json` says about the Impetus that owns a home folder. */
export const instanceSchema = z.object({
  pid: z.int(),
  port: z.int(),
  version: z.string(),
  startedAt: z.string(),
});
export type Instance = z.infer<typeof instanceSchema>;

export interface InstanceLock {
  /** Tells others where this instance listens. */
  publish(instance: Instance): Promise<void>;
  /** Gives the home folder back. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the home folder for this process. A lock left by a process that is gone is taken over.
 * Errors: `already-running`, with data {pid}.
 */
export async function lockHome(paths: HomePaths): Promise<InstanceLock> {
  const lockFile = path.join(path.dirname(paths.instance), 'instance.lock');
  await takeLock(lockFile, 3);
  let isReleased = false;
  return {
    publish: (instance) => writeFileAtomic(paths.instance, `${JSON.stringify(instance)}\n`, { mode: 0o600 }),
    async release() {
      if (isReleased) return;
      isReleased = true;
      await rm(paths.instance, { force: true });
      await rm(lockFile, { force: true });
    },
  };
}

/** The instance recorded in the home folder, if the process that wrote it still lives. */
export async function readLiveInstance(paths: HomePaths): Promise<Instance | undefined> {
  const text = await readFile(paths.instance, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = instanceSchema.safeParse(parseJson(text));
  return parsed.success && isImpetusProcess(parsed.data.pid) ? parsed.data : undefined;
}

async function takeLock(lockFile: string, tries: number): Promise<void> {
  try {
    await createWithContent(lockFile, String(process.pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const pid = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (pid !== process.pid && isImpetusProcess(pid)) {
      throw new AppError('already-running', `Impetus (process ${pid}) already uses this home folder.`, {
        hint: 'Use the running one, end it with `impetus stop`, or choose another folder with --home.',
        data: { pid },
      });
    }
    if (tries === 0) throw error;
    await rm(lockFile, { force: true });
    await takeLock(lockFile, tries - 1);
  }
}

/** Never visible half-written: the content is linked into place. Fails with EEXIST when the file is there. */
async function createWithContent(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, content, { mode: 0o600 });
  try {
    await link(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** False for a pid that is gone or, where the system tells, one that was reused by another program. */
function isImpetusProcess(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    return /impetus|headless|electron/i.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
