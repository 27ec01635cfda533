import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../base/index.ts';
import { checksumOf, encodeHeader, type BlockHeader } from './block-file.ts';
import { readHeader, readInto, writeAll, type BlockFiles, type BlockHandle } from './block-io.ts';
import type { CacheEntry } from './cache-entry.ts';
import { planEviction } from './eviction.ts';
import { WriteQueue, type WriteJob } from './write-queue.ts';

export interface BlockStoreOptions {
  /** Where all models and namespaces keep their blocks; shared by processes. */
  folder: string;
  /** Only blocks of this model are read. */
  identity: string;
  clock: Clock;
  /** Bytes of the whole folder. Default: the smaller of 8 GiB and a tenth of the disk's free room. */
  budgetBytes?: number | undefined;
  /** Bytes that may wait to be written. Default 256 MiB. */
  queueBytes?: number;
  files?: BlockFiles;
  /** A block is no longer there: evicted, damaged, or it could not be written. */
  onGone: (key: string) => void;
}

export interface BlockToWrite {
  entry: CacheEntry;
  rows: Uint8Array;
  namespace: string;
}

export interface BlockStoreStats {
  entries: number;
  bytes: number;
  pendingBytes: number;
  writtenBlocks: number;
  writtenBytes: number;
  failedWrites: number;
  rejectedFiles: number;
  evictedFiles: number;
}

interface StoredFile {
  path: string;
  bytes: number;
  lastUsedMs: number;
  parent: string;
  from: number;
  isShared: boolean;
}

interface PendingBlock extends BlockToWrite, WriteJob {
  /** Blocks that go once this one is there. */
  replaces: string[];
}

const extension = '.kv';
/** Beside a block: an empty file that says that conversations branch there. */
const sharedExtension = '.shared';
const defaultBudgetBytes = 8 * 1024 ** 3;
const freeShare = 0.1;
const maxFiles = 20_000;
/** After an eviction there is room for a while. */
const evictionTarget = 0.95;
const defaultQueueBytes = 256 * 1024 ** 2;
/** A temporary file that nobody has renamed by then was left by a process that died. */
const staleTemporaryMs = 600_000;
/** After a full disk, nothing is written for a while. */
const pauseAfterFailureMs = 30_000;
const parallelProbes = 8;
/** Times of use need not be exact; every change of one is a call. */
const touchIntervalMs = 60_000;

/**
 * Blocks on disk, a file each: written under a temporary name, synced, renamed; proven before a byte of them is used.
 * Whatever goes wrong, a block is there whole or not at all. Nothing here rejects but a bug.
 */
export class BlockStore {
  readonly #options: BlockStoreOptions;
  readonly #files: BlockFiles;
  readonly #stored = new Map<string, StoredFile>();
  readonly #queue: WriteQueue<PendingBlock>;
  readonly #counts = { writtenBlocks: 0, writtenBytes: 0, failedWrites: 0, rejectedFiles: 0, evictedFiles: 0 };
  #folderBytes = 0;
  #folderFiles = 0;
  #isFolderCounted = false;
  #pausedUntilMs = 0;

  private constructor(options: BlockStoreOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#queue = new WriteQueue({
      limitBytes: options.queueBytes ?? defaultQueueBytes,
      write: (block) => this.#write(block),
      onFailed: ({ key }) => options.onGone(key),
    });
  }

  /** Finds what earlier runs have left for this model. */
  static async open(options: BlockStoreOptions): Promise<{ store: BlockStore; entries: CacheEntry[] }> {
    const store = new BlockStore(options);
    return { store, entries: await store.#scanOwn() };
  }

  has(key: string): boolean {
    return this.#stored.has(key);
  }

  /** Rows that wait to be written are as good as written. */
  pendingRows(key: string): Uint8Array | undefined {
    return this.#queue.get(key)?.rows;
  }

  /** Resolves when the block has its place in the queue; it may still fail to be written. */
  async enqueue(block: BlockToWrite): Promise<void> {
    if (this.#stored.has(block.entry.key)) return;
    await this.#queue.add({ ...block, key: block.entry.key, bytes: block.rows.length, replaces: [] });
  }

  /** `newKey` holds all that `oldKey` holds: the old block goes, but not before the new one is written. */
  async replace(oldKey: string, newKey: string): Promise<void> {
    const pending = this.#queue.get(newKey);
    if (pending) pending.replaces.push(oldKey);
    else if (this.#stored.has(newKey)) await this.#dropReplaced([oldKey]);
  }

  /** Fills the places with a block's payload. False: it is not there, or not what it should be, and now it is gone. */
  async read(entry: CacheEntry, places: readonly Uint8Array[]): Promise<boolean> {
    const stored = this.#stored.get(entry.key);
    if (!stored) return false;
    const isRead = await this.#readProven(stored.path, entry, places).catch(() => false);
    if (isRead) return true;
    this.#counts.rejectedFiles++;
    await this.drop(entry.key);
    return false;
  }

  /** These were used just now. */
  async touch(keys: readonly string[]): Promise<void> {
    const nowMs = this.#options.clock.now();
    for (const key of keys) {
      const stored = this.#stored.get(key);
      if (!stored || nowMs - stored.lastUsedMs < touchIntervalMs) continue;
      stored.lastUsedMs = nowMs;
      await this.#files.utimes(stored.path, nowMs / 1000, nowMs / 1000).catch(() => undefined);
    }
  }

  /** More than one conversation goes on from this block: it stays longer. */
  async markShared(key: string): Promise<void> {
    const stored = this.#stored.get(key);
    if (!stored || stored.isShared) return;
    stored.isShared = true;
    await this.#files.writeFile(stored.path + sharedExtension, '', { mode: 0o600 }).catch(() => undefined);
  }

  async drop(key: string): Promise<void> {
    this.#queue.cancel((job) => job.key === key);
    const stored = this.#stored.get(key);
    if (!stored) return;
    this.#forget(key, stored);
    await this.#removeBlock(stored);
  }

  /** Deletes the blocks of one namespace, or of all, for every model. */
  async clear(namespace?: string): Promise<void> {
    this.#queue.cancel((job) => namespace === undefined || job.namespace === namespace);
    await this.#queue.drain();
    const folder = namespace === undefined ? this.#options.folder : this.#namespaceFolder(namespace);
    await this.#files.rm(folder, { recursive: true, force: true }).catch(() => undefined);
    for (const [key, stored] of [...this.#stored]) {
      if (isInside(folder, stored.path)) this.#forget(key, stored);
    }
  }

  /** True when everything is on disk. What is not by then is forgotten. */
  async flush(deadlineMs: number): Promise<boolean> {
    const timeout = Promise.withResolvers<false>();
    const cancel = this.#options.clock.setTimer(deadlineMs, () => timeout.resolve(false));
    const isDone = await Promise.race([this.#queue.drain().then(() => true), timeout.promise]);
    cancel();
    if (!isDone) this.#queue.cancel(() => true);
    return isDone;
  }

  stats(): BlockStoreStats {
    const bytes = [...this.#stored.values()].reduce((sum, stored) => sum + stored.bytes, 0);
    return { ...this.#counts, entries: this.#stored.size, bytes, pendingBytes: this.#queue.bytes };
  }

  async #dropReplaced(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.drop(key);
      this.#options.onGone(key);
    }
  }

  #namespaceFolder(namespace: string): string {
    return path.join(this.#options.folder, toFolderName(namespace));
  }

  async #scanOwn(): Promise<CacheEntry[]> {
    const { folder, identity } = this.#options;
    const own = toFolderName(identity);
    const namespaces = await this.#list(folder);
    const found = await Promise.all(
      namespaces.map(async (name) => {
        const inside = path.join(folder, name, own);
        return (await this.#list(inside)).map((file) => path.join(inside, file));
      }),
    );
    const files = new Set(found.flat());
    const entries: CacheEntry[] = [];
    await inParallel([...files], parallelProbes, async (file) => {
      const entry = await this.#adopt(file, files).catch(() => undefined);
      if (entry) entries.push(entry);
    });
    return entries;
  }

  /** Takes in a file that an earlier run has written; removes what is of no use. */
  async #adopt(file: string, all: ReadonlySet<string>): Promise<CacheEntry | undefined> {
    const { size, mtimeMs } = await this.#files.stat(file);
    if (!file.endsWith(extension)) {
      const isMark = file.endsWith(sharedExtension) && all.has(file.slice(0, -sharedExtension.length));
      if (!isMark && this.#options.clock.now() - mtimeMs > staleTemporaryMs) await this.#remove(file);
      return undefined;
    }
    const header = await this.#useFile(file, (handle) => readHeader(handle));
    if (!header || !this.#isOwn(file, header, size)) {
      this.#counts.rejectedFiles++;
      await this.#remove(file);
      return undefined;
    }
    const isShared = all.has(file + sharedExtension);
    this.#remember(header.entry, { path: file, bytes: size, lastUsedMs: mtimeMs, isShared });
    return header.entry;
  }

  #isOwn(file: string, { entry, payloadOffset }: BlockHeader, size: number): boolean {
    const isNamed = path.basename(file) === `${entry.key}${extension}`;
    return isNamed && entry.identity === this.#options.identity && size === payloadOffset + entry.payloadBytes;
  }

  async #readProven(file: string, entry: CacheEntry, places: readonly Uint8Array[]): Promise<boolean> {
    return this.#useFile(file, async (handle) => {
      const header = await readHeader(handle);
      const { size } = await handle.stat();
      if (!header || header.entry.key !== entry.key || !this.#isOwn(file, header, size)) return false;
      if (places.reduce((sum, { length }) => sum + length, 0) !== header.entry.payloadBytes) return false;
      return (await readInto(handle, places, header.payloadOffset)) && checksumOf(places) === header.checksum;
    });
  }

  async #useFile<Result>(file: string, use: (handle: BlockHandle) => Promise<Result>): Promise<Result> {
    const handle = await this.#files.open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }

  /** Never rejects. */
  async #write(block: PendingBlock): Promise<boolean> {
    try {
      if (this.#options.clock.now() < this.#pausedUntilMs) throw new Error('The disk was full a moment ago.');
      await this.#writeFile(block);
      this.#counts.writtenBlocks++;
      this.#counts.writtenBytes += block.bytes;
      await this.#dropReplaced(block.replaces);
      await this.#makeRoom();
      return true;
    } catch {
      this.#counts.failedWrites++;
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.clock.now() + pauseAfterFailureMs);
      return false;
    }
  }

  async #writeFile({ entry, rows, namespace }: PendingBlock): Promise<void> {
    const folder = path.join(this.#namespaceFolder(namespace), toFolderName(entry.identity));
    const file = path.join(folder, `${entry.key}${extension}`);
    const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    await this.#makeFolder(folder);
    const header = encodeHeader(entry, checksumOf([rows]));
    const nowMs = this.#options.clock.now();
    try {
      const handle = await this.#files.open(temporary, 'wx', 0o600);
      try {
        await writeAll(handle, header);
        await writeAll(handle, rows);
        await handle.utimes(nowMs / 1000, nowMs / 1000);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.#files.rename(temporary, file);
    } catch (error) {
      await this.#remove(temporary);
      throw error;
    }
    const bytes = header.length + rows.length;
    this.#remember(entry, { path: file, bytes, lastUsedMs: nowMs, isShared: false });
  }

  async #makeFolder(folder: string): Promise<void> {
    await this.#files.mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#files.chmod(this.#options.folder, 0o700);
  }

  /** Evicts when the folder is over its budget. What other processes and models hold is counted anew then. */
  async #makeRoom(): Promise<void> {
    if (!this.#isFolderCounted) await this.#listAll();
    const budgetBytes = await this.#budget();
    if (this.#folderBytes <= budgetBytes && this.#folderFiles <= maxFiles) return;
    const all = await this.#listAll();
    const plan = planEviction(all, {
      budgetBytes: budgetBytes * evictionTarget,
      maxCount: maxFiles * evictionTarget,
      nowMs: this.#options.clock.now(),
    });
    const files = new Map(all.map((file) => [file.key, file]));
    for (const key of plan) {
      const file = files.get(key);
      if (!file) continue;
      this.#counts.evictedFiles++;
      this.#folderBytes -= file.bytes;
      this.#folderFiles--;
      await this.#removeBlock(file);
      if (this.#stored.delete(key)) this.#options.onGone(key);
    }
  }

  async #budget(): Promise<number> {
    if (this.#options.budgetBytes !== undefined) return this.#options.budgetBytes;
    try {
      const { bavail, bsize } = await this.#files.statfs(this.#options.folder);
      return Math.min(defaultBudgetBytes, (bavail * bsize + this.#folderBytes) * freeShare);
    } catch {
      return defaultBudgetBytes;
    }
  }

  /** Every file of the folder, of other models and processes too. */
  async #listAll(): Promise<(StoredFile & { key: string })[]> {
    const { folder } = this.#options;
    const names = await this.#list(folder, true);
    const marks = new Set(names.filter((name) => name.endsWith(sharedExtension)));
    const all: (StoredFile & { key: string })[] = [];
    await inParallel(names, parallelProbes, async (name) => {
      if (!name.endsWith(extension)) return;
      const key = path.basename(name, extension);
      const file = await this.#describe(path.join(folder, name), key).catch(() => undefined);
      if (file) all.push({ ...file, key, isShared: marks.has(name + sharedExtension) });
    });
    this.#folderBytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#folderFiles = all.length;
    this.#isFolderCounted = true;
    return all;
  }

  async #describe(file: string, key: string): Promise<StoredFile> {
    const { size, mtimeMs } = await this.#files.stat(file);
    const known = this.#stored.get(key);
    if (known?.path === file) return { ...known, bytes: size, lastUsedMs: Math.max(known.lastUsedMs, mtimeMs) };
    const header = await this.#useFile(file, (handle) => readHeader(handle)).catch(() => undefined);
    const { parent = '', from = 1 } = header?.entry ?? {};
    return { path: file, bytes: size, lastUsedMs: mtimeMs, parent, from, isShared: false };
  }

  async #list(folder: string, recursive = false): Promise<string[]> {
    return this.#files.readdir(folder, { recursive }).catch(() => []);
  }

  #remember({ key, parent, from }: CacheEntry, file: Omit<StoredFile, 'parent' | 'from'>): void {
    const before = this.#stored.get(key);
    if (before) this.#forget(key, before);
    this.#stored.set(key, { ...file, parent, from });
    this.#folderBytes += file.bytes;
    this.#folderFiles++;
  }

  #forget(key: string, stored: StoredFile): void {
    this.#stored.delete(key);
    this.#folderBytes -= stored.bytes;
    this.#folderFiles--;
  }

  async #removeBlock({ path: file, isShared }: StoredFile): Promise<void> {
    await this.#remove(file);
    if (isShared) await this.#remove(file + sharedExtension);
  }

  async #remove(file: string): Promise<void> {
    await this.#files.rm(file, { force: true }).catch(() => undefined);
  }
}

/** Names of namespaces and identities never reach the disk as they are. */
function toFolderName(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

function isInside(folder: string, file: string): boolean {
  return !path.relative(folder, file).startsWith('..');
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
