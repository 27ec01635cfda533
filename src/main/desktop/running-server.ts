import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { HomePaths } from '../base/index.ts';

const instanceSchema = z.looseObject({ pid: z.int().positive(), port: z.int().min(1).max(65535) });

/**
 * Address of the server to attach to: the one named by IMPETUS_ATTACH, else one that runs with the same home folder
 * (it is attached to, never fought). Undefined: the shell starts its own.
 */
export async function findRunningServer(
  paths: Pick<HomePaths, 'instance'>,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const named = environment['IMPETUS_ATTACH'];
  if (named) return named;
  const instance = await readInstance(paths.instance);
  if (!instance || instance.pid === process.pid || !isAlive(instance.pid)) return undefined;
  return `http://127.0.0.1:${instance.port}`;
}

async function readInstance(file: string): Promise<{ pid: number; port: number } | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // No file, or one that was left half-written: nothing runs there.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
