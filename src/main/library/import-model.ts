import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Mutex } from '../base/index.ts';
import { inspectModelFile, listShards, type ModelFile } from '../formats/index.ts';
import type { Catalog, CatalogEntry } from './catalog.ts';
import { digestFiles } from './file-digest.ts';
import { readFingerprint } from './file-status.ts';
import { toClashId, toWireId } from './model-id.ts';

/** A file that passed the pre-check, on its way into the catalog. */
interface Candidate {
  path: string;
  realPath: string;
  file: ModelFile;
}

/** Puts files into the catalog where they lie; nothing is copied or moved. One at a time, whoever asks. */
export class ModelImport {
  readonly #catalog: Catalog;
  readonly #mutex = new Mutex();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * The catalog's entry for a file, made after the pre-check if there is none. A second name for the same file, or a
   * second copy with the same name and content, gives the entry that is there. A changed file is read again and counts
   * as new. Errors: those of the pre-check; the catalog is as before then.
   */
  async register(file: string, signal?: AbortSignal): Promise<CatalogEntry> {
    const options = signal ? { signal } : {};
    const inspected = await inspectModelFile(await locate(file), options);
    const first = inspected.files[0] ?? file;
    const candidate = { path: await locate(first), realPath: await realpath(first), file: inspected };
    return this.#mutex.run(async () => {
      const known = this.#catalog.findByRealPath(candidate.realPath) ?? this.#catalog.findByPath(candidate.path);
      if (known) return this.#update(known, candidate);
      return this.#add(candidate, signal);
    });
  }

  #update(known: CatalogEntry, { realPath, file }: Candidate): CatalogEntry {
    if (known.fingerprint === file.fingerprint && known.realPath === realPath) return known;
    const record: ModelRecord = {
      ...known.record,
      sizeBytes: file.sizeBytes,
      facts: file.facts,
      sha256: null,
      trust: 'new',
    };
    return this.#put({ record, realPath, fingerprint: file.fingerprint });
  }

  async #add(candidate: Candidate, signal: AbortSignal | undefined): Promise<CatalogEntry> {
    const { path: place, realPath, file } = candidate;
    const wireId = toWireId(place);
    const namesakes = this.#catalog.list().filter(({ record }) => toWireId(record.path) === wireId);
    const isTaken = (id: string) => this.#catalog.get(id) !== undefined;
    if (namesakes.length === 0 && !isTaken(wireId)) return this.#put(toEntry(candidate, { id: wireId, sha256: null }));
    const sha256 = await digestFiles(file.files, signal);
    for (const namesake of namesakes) {
      if (!(await this.#isSameModel(namesake, { file, sha256 }))) continue;
      if ((await readFingerprint(namesake.record.path)) !== undefined) return namesake;
      const moved: ModelRecord = { ...namesake.record, path: place, sha256 };
      return this.#put({ record: moved, realPath, fingerprint: file.fingerprint });
    }
    const id = isTaken(wireId) ? toClashId(wireId, { sha256, isTaken }) : wireId;
    return this.#put(toEntry(candidate, { id, sha256 }));
  }

  /** By content; a namesake that has vanished unhashed is taken for moved when size and facts agree. */
  async #isSameModel(namesake: CatalogEntry, found: { file: ModelFile; sha256: string }): Promise<boolean> {
    const { record, fingerprint } = namesake;
    if (record.sizeBytes !== found.file.sizeBytes) return false;
    const current = await readFingerprint(record.path);
    if (record.sha256 !== null && (current === undefined || current === fingerprint)) {
      return record.sha256 === found.sha256;
    }
    if (current === undefined) return JSON.stringify(record.facts) === JSON.stringify(found.file.facts);
    const sha256 = await digestFiles(listShards(record.path)).catch(() => null);
    if (sha256 === null) return false;
    if (current === fingerprint) this.#catalog.setSha256(record.id, sha256);
    return sha256 === found.sha256;
  }

  #put(entry: CatalogEntry): CatalogEntry {
    this.#catalog.put(entry);
    return entry;
  }
}

function toEntry(
  { path: place, realPath, file }: Candidate,
  given: { id: string; sha256: string | null },
): CatalogEntry {
  return {
    realPath,
    fingerprint: file.fingerprint,
    record: {
      ...given,
      aliases: [],
      path: place,
      sizeBytes: file.sizeBytes,
      facts: file.facts,
      trust: 'new',
      addedAt: new Date().toISOString(),
    },
  };
}

/** Absolute, without links among the folders; the file keeps the name that the user knows it by. */
async function locate(file: string): Promise<string> {
  const absolute = path.resolve(file);
  try {
    return path.join(await realpath(path.dirname(absolute)), path.basename(absolute));
  } catch {
    return absolute;
  }
}

/** Refuses what is no path on this machine: addresses and network shares, which would be reached over the network. */
export function requireLocalPath(file: string): void {
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(file);
  const isShare = /^[\\/]{2}/.test(file);
  if (!isAddress && !isShare && file.trim() !== '') return;
  throw new AppError(
    'invalid-request',
    'Only a path on this machine can be imported, no address and no network share.',
    {
      hint: 'Give the full path of a GGUF file on a local disk.',
      data: { param: 'path' },
    },
  );
}
