import { stemOfShard } from '../formats/index.ts';

const longestId = 200;

/** Wire id of a model file: its stem in lower case, without shard number, only `a-z 0-9 . _ -`; others become `-`. */
export function toWireId(file: string): string {
  const id = stemOfShard(file)
    .toLowerCase()
    .replace(/[^a-z0-9._-]/gu, '-')
    .slice(0, longestId);
  return /[a-z0-9]/.test(id) ? id : 'model';
}

/** The id of a second, different file with the same stem: the first free one with 6, 12, … hex digits of its sha256. */
export function toClashId(id: string, { sha256, isTaken }: { sha256: string; isTaken: (id: string) => boolean }) {
  for (let digits = 6; digits < sha256.length; digits += 6) {
    const candidate = `${id}-${sha256.slice(0, digits)}`;
    if (!isTaken(candidate)) return candidate;
  }
  return `${id}-${sha256}`;
}
