import * as nodeFiles from 'node:fs/promises';
import type { Clock } from '../../../base/index.ts';
import { checksumOf, encodeHeader } from './block-file.ts';
import { BlockFolder, isInside, type StoredFile } from './block-folder.ts';
import type { BlockFiles } from './block-io.ts';
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
  /** Bytes that may wait to be written; whoever keeps more waits. Default 256 MiB. */
  queueBytes?: number | undefined;
  files?: BlockFiles | undefined;
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

interface PendingBlock extends BlockToWrite, WriteJob {
  /** Blocks that go once this one is there. */
  replaces: string[];
}

const defaultBudgetBytes = 8 * 1024 ** 3;
const freeShare = 0.1;
const maxFiles = 20_000;
/** After an eviction there is room for a while. */
const evictionTarget = 0.95;
/** Some 8 GiB of blocks of a small model; a load takes as long. */
const scanLimitMs = 2000;
const defaultQueueBytes = 256 * 1024 ** 2;
/** After a full disk, nothing is written for a while. */
const pauseAfterFailureMs = 30_000;
/** Times of use need not be exact; every change of one is a call. */
const touchIntervalMs = 60_000;

/**
 * Blocks on disk under a byte budget, proven before a byte of them is used. Whatever goes wrong, a block is there whole
 * or not at all; nothing here rejects.
 */
export class BlockStore {
  readonly #options: BlockStoreOptions;
  readonly #folder: BlockFolder;
  readonly #stored = new Map<string, StoredFile>();
  readonly #queue: WriteQueue<PendingBlock>;
  readonly #counts = { writtenBlocks: 0, writtenBytes: 0, failedWrites: 0, rejectedFiles: 0, evictedFiles: 0 };
  #folderBytes = 0;
  #folderFiles = 0;
  #isFolderCounted = false;
  #pausedUntilMs = 0;

  private constructor(options: BlockStoreOptions) {
    this.#options = options;
    this.#folder = new BlockFolder({ ...options, files: options.files ?? nodeFiles });
    this.#queue = new WriteQueue({
      limitBytes: options.queueBytes ?? defaultQueueBytes,
      write: (block) => this.#write(block),
      onFailed: ({ key }) => options.onGone(key),
    });
  }

  /** Finds what earlier runs have left for this model, in bounded time: what it does not get to stays unknown. */
  static async open(options: BlockStoreOptions): Promise<{ store: BlockStore; entries: CacheEntry[] }> {
    const store = new BlockStore(options);
    const endsAt = options.clock.monotonic() + scanLimitMs;
    const isOver = (): boolean => options.clock.monotonic() > endsAt;
    const { found, rejectedFiles } = await store.#folder.scanOwn(options.clock.now(), isOver);
    store.#counts.rejectedFiles += rejectedFiles;
    for (const { entry, file } of found) store.#remember(entry.key, file);
    return { store, entries: found.map(({ entry }) => entry) };
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
    const isRead = await this.#folder.read(stored.path, entry, places).catch(() => false);
    if (isRead) return true;
    this.#counts.rejectedFiles++;
    await this.#drop(entry.key);
    return false;
  }

  /** These were used just now. */
  async touch(keys: readonly string[]): Promise<void> {
    const nowMs = this.#options.clock.now();
    for (const key of keys) {
      const stored = this.#stored.get(key);
      if (!stored || nowMs - stored.lastUsedMs < touchIntervalMs) continue;
      stored.lastUsedMs = nowMs;
      await this.#folder.touch(stored.path, nowMs);
    }
  }

  /** More than one conversation goes on from this block: it stays longer. */
  async markShared(key: string): Promise<void> {
    const stored = this.#stored.get(key);
    if (!stored || stored.isShared) return;
    stored.isShared = true;
    await this.#folder.markShared(stored.path);
  }

  /** Deletes the blocks of one namespace, or of all, for every model. */
  async clear(namespace?: string): Promise<void> {
    this.#queue.cancel((job) => namespace === undefined || job.namespace === namespace);
    await this.#queue.drain();
    const tree = namespace === undefined ? this.#folder.path : this.#folder.pathOfNamespace(namespace);
    await this.#folder.removeTree(tree);
    for (const [key, stored] of [...this.#stored]) {
      if (isInside(tree, stored.path)) this.#forget(key, stored);
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

  /** Never rejects. */
  async #write(block: PendingBlock): Promise<boolean> {
    const { key, entry, rows, namespace, replaces, bytes } = block;
    const nowMs = this.#options.clock.now();
    try {
      if (nowMs < this.#pausedUntilMs) throw new Error('The disk was full a moment ago.');
      const parts = [encodeHeader(entry, checksumOf([rows])), rows];
      this.#remember(key, await this.#folder.write({ entry, namespace, parts }, nowMs));
      this.#counts.writtenBlocks++;
      this.#counts.writtenBytes += bytes;
      await this.#dropReplaced(replaces);
      await this.#makeRoom();
      return true;
    } catch {
      this.#counts.failedWrites++;
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + pauseAfterFailureMs);
      return false;
    }
  }

  /** Evicts when the folder is over its budget. What other processes and models hold is counted anew then. */
  async #makeRoom(): Promise<void> {
    if (!this.#isFolderCounted) await this.#countFolder();
    const budgetBytes = await this.#budget();
    if (this.#folderBytes <= budgetBytes && this.#folderFiles <= maxFiles) return;
    const all = await this.#countFolder();
    const plan = planEviction(all, {
      budgetBytes: budgetBytes * evictionTarget,
      maxCount: maxFiles * evictionTarget,
      nowMs: this.#options.clock.now(),
    });
    const files = new Map(all.map((file) => [file.key, file]));
    for (const key of plan) {
      const file = files.get(key);
      if (file) await this.#evict(key, file);
    }
  }

  async #evict(key: string, file: StoredFile): Promise<void> {
    this.#counts.evictedFiles++;
    await this.#folder.removeBlock(file);
    this.#forget(key, file);
    this.#options.onGone(key);
  }

  async #countFolder(): Promise<(StoredFile & { key: string })[]> {
    const all = await this.#folder.listAll(this.#stored);
    this.#folderBytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#folderFiles = all.length;
    this.#isFolderCounted = true;
    return all;
  }

  async #budget(): Promise<number> {
    if (this.#options.budgetBytes !== undefined) return this.#options.budgetBytes;
    const freeBytes = await this.#folder.freeBytes().catch(() => Infinity);
    return Math.min(defaultBudgetBytes, (freeBytes + this.#folderBytes) * freeShare);
  }

  async #dropReplaced(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#drop(key);
      this.#options.onGone(key);
    }
  }

  async #drop(key: string): Promise<void> {
    this.#queue.cancel((job) => job.key === key);
    const stored = this.#stored.get(key);
    if (!stored) return;
    this.#forget(key, stored);
    await this.#folder.removeBlock(stored);
  }

  #remember(key: string, file: StoredFile): void {
    const before = this.#stored.get(key);
    if (before) this.#forget(key, before);
    this.#stored.set(key, file);
    this.#folderBytes += file.bytes;
    this.#folderFiles++;
  }

  #forget(key: string, file: StoredFile): void {
    this.#stored.delete(key);
    this.#folderBytes -= file.bytes;
    this.#folderFiles--;
  }
}
