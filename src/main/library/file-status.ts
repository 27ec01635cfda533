import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { toFingerprint } from '../formats/index.ts';
import type { ScanPace } from './scan-folder.ts';

/** Size and time of change of a file; undefined when it cannot be seen (gone, its disk gone, no right to look). */
export async function readFingerprint(file: string): Promise<string | undefined> {
  try {
    return toFingerprint(await stat(file));
  } catch {
    return undefined;
  }
}

/** The same, at once: a few microseconds, for the way of every request. */
export function readFingerprintSync(file: string): string | undefined {
  try {
    const status = statSync(file, { throwIfNoEntry: false });
    return status ? toFingerprint(status) : undefined;
  } catch {
    return undefined;
  }
}

const filesAtOnce = 32;

/** The fingerprints of many files; `at-once` blocks for microseconds a file. */
export async function readFingerprints(
  files: readonly string[],
  pace: ScanPace,
): Promise<Map<string, string | undefined>> {
  if (pace === 'at-once') return new Map(files.map((file) => [file, readFingerprintSync(file)]));
  const fingerprints = new Map<string, string | undefined>();
  for (let start = 0; start < files.length; start += filesAtOnce) {
    const group = files.slice(start, start + filesAtOnce);
    const found = await Promise.all(group.map((file) => readFingerprint(file)));
    group.forEach((file, index) => fingerprints.set(file, found[index]));
  }
  return fingerprints;
}
