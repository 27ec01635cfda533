import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

export interface StateFolder {
  /** What lies in it now. */
  measure(): Promise<{ files: number; bytes: number }>;
  /** Removes everything in it; who has a file open finds it gone. */
  clear(): Promise<void>;
}

/** The folder in which engines keep the state of conversations. It need not exist yet. */
export function openStateFolder(folder: string): StateFolder {
  return {
    async measure() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((entry) => entry.isFile());
      const sizes = await Promise.all(files.map((file) => readSize(path.join(file.parentPath, file.name))));
      return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    },
    async clear() {
      const names = await readdir(folder).catch(() => []);
      await Promise.all(names.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
    },
  };
}

async function readSize(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
