import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface ScanLimits {
  /** Folders below the first one. */
  maximumDepth: number;
  /** Entries looked at, files and folders together. */
  maximumEntries: number;
}

export interface ScanResult {
  /** Absolute paths, in order; of a model in several files only the first one. */
  files: string[];
  /** False when a limit ended the search, or a folder could not be read. */
  isComplete: boolean;
}

const defaultLimits: ScanLimits = { maximumDepth: 8, maximumEntries: 20_000 };
const laterShard = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i;

/**
 * Model files by name (`.gguf`) in a folder and the folders below. Links to files count, links to folders are not
 * followed; hidden names and unfinished downloads (`.part`) are left out. A missing folder is an empty one.
 */
export async function scanFolder(folder: string, limits: ScanLimits = defaultLimits): Promise<ScanResult> {
  const result: ScanResult = { files: [], isComplete: true };
  const waiting = [{ folder, depth: 0 }];
  let seen = 0;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const entry of await readEntries(next.folder, result)) {
      seen += 1;
      if (seen > limits.maximumEntries) return { ...result, isComplete: false };
      if (entry.name.startsWith('.')) continue;
      const found = path.join(next.folder, entry.name);
      if (entry.isDirectory() && next.depth < limits.maximumDepth) {
        waiting.push({ folder: found, depth: next.depth + 1 });
      } else if (entry.isDirectory()) {
        result.isComplete = false;
      } else if (await isModelFile(entry, found)) {
        result.files.push(found);
      }
    }
  }
  return result;
}

async function readEntries(folder: string, result: ScanResult): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) result.isComplete = false;
    return [];
  }
}

async function isModelFile(entry: Dirent, file: string): Promise<boolean> {
  if (!entry.name.toLowerCase().endsWith('.gguf') || laterShard.test(entry.name)) return false;
  if (entry.isFile()) return true;
  if (!entry.isSymbolicLink()) return false;
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
