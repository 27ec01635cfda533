import { readdirSync, statSync, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

interface ScanLimits {
  /** Folders below the first one. */
  maximumDepth: number;
  /** Entries looked at, files and folders together. */
  maximumEntries: number;
}

/**
 * How the disk is read. `at-once` blocks for microseconds a file and is for the local home folder at start;
 * `background` never blocks, also not on a network disk that does not answer.
 */
export type ScanPace = 'at-once' | 'background';

export interface ScanOptions {
  /** Default `background`. */
  pace?: ScanPace;
  limits?: ScanLimits;
}

export interface ScanResult {
  /** Absolute paths, in order; of a model in several files only the first one. */
  files: string[];
  /** False when a limit ended the search, or a folder could not be read. */
  isComplete: boolean;
}

const defaultLimits: ScanLimits = { maximumDepth: 8, maximumEntries: 20_000 };
const withTypes = { withFileTypes: true } as const;
const laterShard = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i;

/**
 * Model files by name (`.gguf`) in a folder and the folders below. Links to files count, links to folders are not
 * followed; hidden names and unfinished downloads (`.part`) are left out. A missing folder is an empty one.
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<ScanResult> {
  const { pace = 'background', limits = defaultLimits } = options;
  const result: ScanResult = { files: [], isComplete: true };
  const waiting = [{ folder, depth: 0 }];
  let seen = 0;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const entry of await readEntries(next.folder, { pace, result })) {
      seen += 1;
      if (seen > limits.maximumEntries) return { ...result, isComplete: false };
      const found = path.join(next.folder, entry.name);
      const kind = await classify(entry, { file: found, pace });
      if (kind === 'file') result.files.push(found);
      if (kind !== 'folder') continue;
      if (next.depth < limits.maximumDepth) waiting.push({ folder: found, depth: next.depth + 1 });
      else result.isComplete = false;
    }
  }
  return result;
}

async function readEntries(folder: string, { pace, result }: { pace: ScanPace; result: ScanResult }) {
  try {
    const entries = pace === 'at-once' ? readdirSync(folder, withTypes) : await readdir(folder, withTypes);
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) result.isComplete = false;
    return [];
  }
}

async function classify(entry: Dirent, at: { file: string; pace: ScanPace }): Promise<'file' | 'folder' | 'other'> {
  if (entry.name.startsWith('.')) return 'other';
  if (entry.isDirectory()) return 'folder';
  const hasModelName = entry.name.toLowerCase().endsWith('.gguf') && !laterShard.test(entry.name);
  if (!hasModelName) return 'other';
  return entry.isFile() || (await isLinkToFile(entry, at)) ? 'file' : 'other';
}

async function isLinkToFile(entry: Dirent, { file, pace }: { file: string; pace: ScanPace }): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false;
  try {
    return (pace === 'at-once' ? statSync(file) : await stat(file)).isFile();
  } catch {
    return false;
  }
}
