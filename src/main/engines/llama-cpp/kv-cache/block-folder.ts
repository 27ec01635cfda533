import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import path from 'node:path';
import { checksumOf, decodeHeader, toPayloadOffset, type BlockHeader } from './block-file.ts';
import { readHeader, readInto, writeAll, type BlockFiles, type BlockHandle } from './block-io.ts';
import type { CacheEntry } from './cache-entry.ts';

/** A block's file and what decides how long it stays. */
export interface StoredFile {
  path: string;
  bytes: number;
  lastUsedMs: number;
  parent: string;
  from: number;
  isShared: boolean;
}

export interface FoundBlock {
  entry: CacheEntry;
  file: StoredFile;
}

const extension = '.kv';
/** Beside a block: an empty file that says that conversations branch there. */
const sharedExtension = '.shared';
/** A temporary file that nobody has renamed by then was left by a process that died. */
const staleTemporaryMs = 600_000;
const parallelProbes = 8;

/**
 * Where blocks lie: `<folder>/<namespace>/<model>/<key>.kv`, namespaces and models by hash. A file appears under its
 * name whole and synced, or not at all. Shared by processes: whatever is listed may be gone a moment later.
 */
export class BlockFolder {
  readonly path: string;
  readonly #identity: string;
  readonly #files: BlockFiles;

  constructor({ folder, identity, files }: { folder: string; identity: string; files: BlockFiles }) {
    this.path = folder;
    this.#identity = identity;
    this.#files = files;
  }

  pathOfNamespace(namespace: string): string {
    return path.join(this.path, toFolderName(namespace));
  }

  /**
   * The proven blocks of this model, as many as can be looked at until `isOver`. Removes what is of no use to anybody.
   */
  async scanOwn(nowMs: number, isOver: () => boolean): Promise<{ found: FoundBlock[]; rejectedFiles: number }> {
    const files = new Set(await this.#listOwn());
    const found: FoundBlock[] = [];
    let rejectedFiles = 0;
    await inParallel([...files], parallelProbes, async (file) => {
      if (isOver()) return;
      if (!file.endsWith(extension)) return this.#removeStale(file, files, nowMs);
      const block = await this.#adopt(file, files).catch(() => undefined);
      if (block) found.push(block);
      else rejectedFiles++;
    });
    return { found, rejectedFiles };
  }

  /** Every block of the folder, of other models and processes too. `known` spares looking into a file again. */
  async listAll(known: ReadonlyMap<string, StoredFile>): Promise<(StoredFile & { key: string })[]> {
    const names = await this.#list(this.path, true);
    const marks = new Set(names.filter((name) => name.endsWith(sharedExtension)));
    const all: (StoredFile & { key: string })[] = [];
    await inParallel(names, parallelProbes, async (name) => {
      if (!name.endsWith(extension)) return;
      const key = path.basename(name, extension);
      const file = await this.#describe(path.join(this.path, name), known.get(key)).catch(() => undefined);
      if (file) all.push({ ...file, key, isShared: marks.has(name + sharedExtension) });
    });
    return all;
  }

  /** Writes a block under a temporary name, syncs and renames it. */
  async write(
    { entry, namespace, parts }: { entry: CacheEntry; namespace: string; parts: readonly Uint8Array[] },
    nowMs: number,
  ): Promise<StoredFile> {
    const folder = path.join(this.pathOfNamespace(namespace), toFolderName(entry.identity));
    const file = path.join(folder, `${entry.key}${extension}`);
    const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    try {
      const handle = await this.#create(temporary);
      await writeSynced(handle, parts, nowMs);
      await this.#files.rename(temporary, file);
    } catch (error) {
      await this.#remove(temporary);
      throw error;
    }
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    return { path: file, bytes, lastUsedMs: nowMs, parent: entry.parent, from: entry.from, isShared: false };
  }

  /**
   * Reads a block into its places. True when all of it is proven: the block of this name, of this model, as long as it
   * says, every byte as it was written.
   */
  async read(file: string, entry: CacheEntry, places: readonly Uint8Array[]): Promise<boolean> {
    const head = Buffer.alloc(toPayloadOffset(entry));
    const beyond = Buffer.alloc(1);
    const count = await this.#useFile(file, (handle) => readInto(handle, [head, ...places, beyond], 0));
    if (count !== head.length + entry.payloadBytes) return false;
    const header = decodeHeader(head);
    return header?.entry.key === entry.key && this.#isOwn(header) && checksumOf(places) === header.checksum;
  }

  async touch(file: string, nowMs: number): Promise<void> {
    await this.#files.utimes(file, nowMs / 1000, nowMs / 1000).catch(() => undefined);
  }

  async markShared(file: string): Promise<void> {
    await this.#files.writeFile(file + sharedExtension, '', { mode: 0o600 }).catch(() => undefined);
  }

  async removeBlock({ path: file, isShared }: StoredFile): Promise<void> {
    await this.#remove(file);
    if (isShared) await this.#remove(file + sharedExtension);
  }

  async removeTree(folder: string): Promise<void> {
    await this.#files.rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Bytes free on the disk for us. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await this.#files.statfs(this.path);
    return bavail * bsize;
  }

  async #listOwn(): Promise<string[]> {
    const own = toFolderName(this.#identity);
    const namespaces = await this.#list(this.path);
    const found = await Promise.all(
      namespaces.map(async (name) => {
        const inside = path.join(this.path, name, own);
        return (await this.#list(inside)).map((file) => path.join(inside, file));
      }),
    );
    return found.flat();
  }

  async #adopt(file: string, all: ReadonlySet<string>): Promise<FoundBlock | undefined> {
    const header = await this.#useFile(file, readHeader);
    const { size, mtimeMs } = await this.#files.stat(file);
    const isNamed = path.basename(file) === `${header?.entry.key}${extension}`;
    if (!header || !isNamed || !this.#isOwn(header) || size !== header.payloadOffset + header.entry.payloadBytes) {
      await this.#remove(file);
      return undefined;
    }
    const { entry } = header;
    const isShared = all.has(file + sharedExtension);
    const { parent, from } = entry;
    return { entry, file: { path: file, bytes: size, lastUsedMs: mtimeMs, parent, from, isShared } };
  }

  #isOwn({ entry }: BlockHeader): boolean {
    return entry.identity === this.#identity;
  }

  async #removeStale(file: string, all: ReadonlySet<string>, nowMs: number): Promise<void> {
    if (file.endsWith(sharedExtension) && all.has(file.slice(0, -sharedExtension.length))) return;
    const status = await this.#files.stat(file).catch(() => undefined);
    if (status && nowMs - status.mtimeMs > staleTemporaryMs) await this.#remove(file);
  }

  async #describe(file: string, known: StoredFile | undefined): Promise<StoredFile> {
    const { size, mtimeMs } = await this.#files.stat(file);
    if (known?.path === file) return { ...known, bytes: size, lastUsedMs: Math.max(known.lastUsedMs, mtimeMs) };
    const header = await this.#useFile(file, readHeader).catch(() => undefined);
    const { parent = '', from = 1 } = header?.entry ?? {};
    return { path: file, bytes: size, lastUsedMs: mtimeMs, parent, from, isShared: false };
  }

  async #create(file: string): Promise<BlockHandle> {
    try {
      return await this.#files.open(file, 'wx', 0o600);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#files.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await this.#files.chmod(this.path, 0o700);
      return this.#files.open(file, 'wx', 0o600);
    }
  }

  async #useFile<Result>(file: string, use: (handle: BlockHandle) => Promise<Result>): Promise<Result> {
    const handle = await this.#files.open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }

  async #list(folder: string, recursive = false): Promise<string[]> {
    return this.#files.readdir(folder, { recursive }).catch(() => []);
  }

  async #remove(file: string): Promise<void> {
    await this.#files.rm(file, { force: true }).catch(() => undefined);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function writeSynced(handle: BlockHandle, parts: readonly Uint8Array[], nowMs: number): Promise<void> {
  try {
    for (const part of parts) await writeAll(handle, part);
    await handle.utimes(nowMs / 1000, nowMs / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isInside(folder: string, file: string): boolean {
  return !path.relative(folder, file).startsWith('..');
}

/** Names of namespaces and identities never reach the disk as they are. */
function toFolderName(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
