import type { Clock } from '../../../base/index.ts';
import { assemblePrefix } from './assemble-prefix.ts';
import { BlockIndex, type PrefixPart } from './block-index.ts';
import { BlockStore, type BlockStoreOptions, type BlockStoreStats } from './block-store.ts';
import { isExact, type CacheEntry, type EntryShape } from './cache-entry.ts';
import { countCommon } from '../common-prefix.ts';
import { blockTokens, toChainKey, toRootKey, type EntryKind } from './chain-key.ts';
import { RamTier } from './ram-tier.ts';
import { RestoreRule, type Tier } from './restore-rule.ts';
import { cutState, readSequenceState, type SequenceState, type StateBlock } from './sequence-state.ts';
import { scatterRows } from './state-builder.ts';

type DiskOptions = Pick<BlockStoreOptions, 'folder' | 'budgetBytes' | 'queueBytes' | 'files'>;

export interface KvCacheOptions {
  /** Hash of the model, its options and the library (`hashModelIdentity`). */
  identity: string;
  /** Streams of the context: its sequences, or 1 where they share one cache. */
  streamCount: number;
  /** Bytes kept in memory in front of the disk; 0: none. */
  ramBytes: number;
  /** Undefined: nothing is written (the off switch). */
  disk: DiskOptions | undefined;
  clock: Clock;
}

/** A beginning of a prompt that can be restored. */
export interface FoundPrefix {
  /** Tokens covered; at least one token of the prompt is left to compute. */
  readonly length: number;
  readonly parts: readonly PrefixPart[];
  /** Bytes to bring in, by where they lie. */
  readonly bytes: Readonly<Record<Tier, number>>;
}

export interface KvCacheStats {
  entries: number;
  ramEntries: number;
  ramBytes: number;
  disk: BlockStoreStats | undefined;
  restores: number;
  failedRestores: number;
  restoredTokens: number;
  keptBlocks: number;
  /** States that could only be kept as a whole. */
  wholeStates: number;
  ramBytesPerMs: number;
  diskBytesPerMs: number;
  prefillTokensPerMs: number;
}

/** Shorter beginnings are computed sooner than found. */
const leastTokens = 32;

/**
 * Key/value state beyond the sequences of a context: in memory and on disk, in blocks that any prompt with the same
 * beginning can use, in this run or a later one. The step loop asks it at its borders; a miss is its only failure.
 */
export class KvCache {
  readonly #options: KvCacheOptions;
  readonly #index = new BlockIndex();
  readonly #ram: RamTier;
  readonly #rule = new RestoreRule();
  readonly #counts = { restores: 0, failedRestores: 0, restoredTokens: 0, keptBlocks: 0, wholeStates: 0 };
  #store: BlockStore | undefined;
  /** Grows with every `clear`, so that what was being kept then goes no further. */
  #generation = 0;

  private constructor(options: KvCacheOptions) {
    this.#options = options;
    this.#ram = new RamTier({ budgetBytes: options.ramBytes, onEvict: (key) => this.#forgetLost(key) });
  }

  /** Resolves when what earlier runs have left is known. Never rejects for what lies on the disk. */
  static async open(options: KvCacheOptions): Promise<KvCache> {
    const cache = new KvCache(options);
    const { disk, identity, clock } = options;
    if (!disk) return cache;
    const onGone = (key: string): void => cache.#forgetLost(key);
    const { store, entries } = await BlockStore.open({ ...disk, identity, clock, onGone });
    cache.#store = store;
    for (const entry of entries) cache.#adopt(entry);
    return cache;
  }

  /** How many tokens at the beginning are held already: a state that adds nothing need not be saved. */
  heldLength(tokens: Uint32Array, namespace: string): number {
    return this.#index.longestPrefix(this.#rootOf(namespace), tokens).length;
  }

  /**
   * How many tokens at the beginning another conversation shares, restorable or not. Where a state cannot be cut, one
   * saved just there lets both start from it.
   */
  sharedLength(tokens: Uint32Array, namespace: string): number {
    return this.#index.sharedLength(this.#rootOf(namespace), tokens);
  }

  /**
   * The longest held beginning of a prompt, when bringing it in is quicker than computing what it saves. `heldTokens`:
   * what the sequence chosen for the prompt holds of it anyway.
   */
  find(prompt: Uint32Array, namespace: string, heldTokens = 0): FoundPrefix | undefined {
    const usable = prompt.subarray(0, Math.max(0, prompt.length - 1));
    const { length, parts } = this.#index.longestPrefix(this.#rootOf(namespace), usable);
    if (length < leastTokens) return undefined;
    const bytes = { ram: 0, disk: 0 };
    for (const { entry } of parts) bytes[this.#rowsOf(entry.key) ? 'ram' : 'disk'] += entry.payloadBytes;
    return this.#rule.isWorthwhile(length - heldTokens, bytes) ? { length, parts, bytes } : undefined;
  }

  /**
   * The state to load into any sequence of a context with so many streams (default: the cache's own number). Undefined
   * when a block turned out to be lost or damaged: it is forgotten, and another `find` tells what is left.
   */
  async restore(found: FoundPrefix, streamCount = this.#options.streamCount): Promise<Uint8Array | undefined> {
    const startedAt = this.#options.clock.monotonic();
    const bringIn = (entry: CacheEntry, places: readonly Uint8Array[]) => this.#bringIn(entry, places);
    const bytes = await assemblePrefix(found, { streamCount, bringIn });
    if (!bytes) {
      this.#counts.failedRestores++;
      this.#shorten(found);
      return undefined;
    }
    this.#counts.restores++;
    this.#counts.restoredTokens += found.length;
    const tier = found.bytes.disk > found.bytes.ram ? 'disk' : 'ram';
    this.#rule.observeRestore(tier, bytes.length, this.#options.clock.monotonic() - startedAt);
    const keys = found.parts.map(({ entry }) => entry.key);
    this.#ram.touch(keys);
    void this.#store?.touch(keys);
    return bytes;
  }

  /**
   * Keeps what is not held yet of a sequence's state; `tokens` are all the tokens it holds. The bytes must not change
   * until this resolves. Resolves when everything has its place in memory or in the queue to the disk.
   */
  async keep(tokens: Uint32Array, stateBytes: Uint8Array, namespace: string): Promise<void> {
    if (tokens.length < leastTokens || (this.#options.ramBytes === 0 && !this.#store)) return;
    const state = readSequenceState(stateBytes);
    if (!state) return this.#keepWhole(tokens, stateBytes, namespace);
    if (state.tokenCount !== tokens.length) return;
    const generation = this.#generation;
    let parent = this.#rootOf(namespace);
    const kept: string[] = [];
    for (let from = 0; from + blockTokens <= tokens.length; from += blockTokens) {
      const own = tokens.slice(from, from + blockTokens);
      const cut = { state, parent, kind: 'block' as const, from, tokens: own };
      parent = await this.#keepCut(cut, namespace);
      kept.push(parent);
      if (generation !== this.#generation) return;
    }
    await this.#keepTail({ state, parent, tokens }, namespace);
    this.#ram.touch(kept);
    await this.#store?.touch(kept);
    const shared = kept.findLast((key) => this.#index.childrenOf(key).length > 1);
    if (shared !== undefined) await this.#store?.markShared(shared);
  }

  /** Tells how fast this machine computes prompts; `find` weighs with it. */
  observePrefill(tokens: number, milliseconds: number): void {
    this.#rule.observePrefill(tokens, milliseconds);
  }

  /** True when everything kept is on disk; what is not by then is given up. */
  async flush(deadlineMs: number): Promise<boolean> {
    return (await this.#store?.flush(deadlineMs)) ?? true;
  }

  /** Forgets everything: of all models on disk, of this one in memory. With a namespace: only what belongs to it. */
  async clear(namespace?: string): Promise<void> {
    this.#generation++;
    for (const entry of this.#entriesOf(namespace)) {
      this.#ram.remove(entry.key);
      this.#index.remove(entry.key);
    }
    await this.#store?.clear(namespace);
  }

  stats(): KvCacheStats {
    return {
      ...this.#counts,
      entries: this.#index.size,
      ramEntries: this.#ram.size,
      ramBytes: this.#ram.bytes,
      disk: this.#store?.stats(),
      ramBytesPerMs: this.#rule.bytesPerMs.ram,
      diskBytesPerMs: this.#rule.bytesPerMs.disk,
      prefillTokensPerMs: this.#rule.prefillTokensPerMs,
    };
  }

  #rootOf(namespace: string): string {
    return toRootKey(this.#options.identity, namespace);
  }

  #entriesOf(namespace: string | undefined): CacheEntry[] {
    if (namespace === undefined) return [...this.#index.entries()];
    const found: CacheEntry[] = [];
    const open = [this.#rootOf(namespace)];
    for (const key of open) {
      const children = this.#index.childrenOf(key);
      found.push(...children);
      open.push(...children.map((child) => child.key));
    }
    return found;
  }

  #adopt(entry: CacheEntry): void {
    const { shape } = entry;
    if (shape.type === 'opaque' && shape.streamCount !== this.#options.streamCount) return;
    this.#index.add(entry);
  }

  /** Rows in memory, in the tier or on their way to the disk. */
  #rowsOf(key: string): Uint8Array | undefined {
    return this.#ram.get(key) ?? this.#store?.pendingRows(key);
  }

  #forgetLost(key: string): void {
    if (!this.#rowsOf(key) && !this.#store?.has(key)) this.#index.remove(key);
  }

  /** What failed as it is must not be found again. */
  #shorten({ parts }: FoundPrefix): void {
    const last = parts.at(-1);
    const isUnchanged = parts.every(({ entry }) => this.#index.get(entry.key));
    if (last && isUnchanged) this.#index.remove(last.entry.key);
  }

  async #keepCut(
    cut: { state: SequenceState; parent: string; kind: EntryKind; from: number; tokens: Uint32Array },
    namespace: string,
  ): Promise<string> {
    const { state, parent, kind, from, tokens } = cut;
    const key = toChainKey(parent, kind, tokens);
    if (this.#index.get(key)) return key;
    const block = cutState(state, { from, to: from + tokens.length });
    if (!block) return key;
    const { shape, rows } = toShapeAndRows(block, kind);
    const needsWindow = state.window !== undefined;
    const { identity } = this.#options;
    const payloadBytes = rows.length;
    await this.#hold({ key, parent, kind, identity, from, tokens, shape, needsWindow, payloadBytes }, rows, namespace);
    return key;
  }

  /** The tokens after the last full block; with a sliding window also its cells, even when no tokens are left. */
  async #keepTail(
    { state, parent, tokens }: { state: SequenceState; parent: string; tokens: Uint32Array },
    namespace: string,
  ): Promise<void> {
    const from = tokens.length - (tokens.length % blockTokens);
    const held = this.#index.longestPrefix(this.#rootOf(namespace), tokens);
    const last =
      held.length < tokens.length
        ? await this.#keepCut({ state, parent, kind: 'tail', from, tokens: tokens.slice(from) }, namespace)
        : held.parts.at(-1)?.entry.key;
    if (last !== undefined) await this.#dropGrownEnds(tokens, last, namespace);
  }

  /**
   * Ends of the same conversation that it has grown past hold nothing that is not held elsewhere. A window or a whole
   * state stays where other conversations branch from it: nothing else leads there.
   */
  async #dropGrownEnds(tokens: Uint32Array, last: string, namespace: string): Promise<void> {
    const root = this.#rootOf(namespace);
    const parents = [root, ...this.#index.blockPath(root, tokens).map(({ key }) => key)];
    for (const [depth, parent] of parents.entries()) {
      const rest = tokens.subarray(depth * blockTokens);
      const children = this.#index.childrenOf(parent);
      for (const end of children) {
        const isGrown = end.kind !== 'block' && end.tokens.length < rest.length && startsWith(rest, end.tokens);
        if (isGrown && !(isExact(end) && hasOtherBranch(end, rest, children))) await this.#replace(end.key, last);
      }
    }
  }

  async #keepWhole(tokens: Uint32Array, stateBytes: Uint8Array, namespace: string): Promise<void> {
    const parent = this.#rootOf(namespace);
    const kind = 'whole';
    const own = tokens.slice();
    const { identity, streamCount } = this.#options;
    const key = toChainKey(parent, `whole ${streamCount}`, own);
    if (this.#index.get(key)) return;
    const shape = { type: 'opaque', streamCount } as const;
    const rows = stateBytes.slice();
    const payloadBytes = rows.length;
    this.#counts.wholeStates++;
    const entry = {
      key,
      parent,
      kind,
      identity,
      from: 0,
      tokens: own,
      shape,
      needsWindow: false,
      payloadBytes,
    } as const;
    await this.#hold(entry, rows, namespace);
    await this.#dropGrownEnds(tokens, key, namespace);
  }

  async #hold(entry: CacheEntry, rows: Uint8Array, namespace: string): Promise<void> {
    this.#index.add(entry);
    this.#counts.keptBlocks++;
    this.#ram.put(entry.key, rows);
    await this.#store?.enqueue({ entry, rows, namespace });
    await yieldToOthers();
    // While it waited for its place on the way to the disk, memory may have let it go.
    if (!this.#index.get(entry.key)) this.#index.add(entry);
    this.#forgetLost(entry.key);
  }

  async #replace(oldKey: string, newKey: string): Promise<void> {
    this.#ram.remove(oldKey);
    if (this.#store) await this.#store.replace(oldKey, newKey);
    this.#forgetLost(oldKey);
  }

  /** Fills the places with an entry's payload, from wherever it lies. */
  async #bringIn(entry: CacheEntry, places: readonly Uint8Array[]): Promise<boolean> {
    const rows = this.#rowsOf(entry.key);
    if (rows) {
      scatterRows(rows, places);
      await yieldToOthers();
      return true;
    }
    if (await this.#store?.read(entry, places)) return true;
    this.#index.remove(entry.key);
    return false;
  }
}

/** Copying many blocks at a stretch would hold up every stream of this process. */
function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function startsWith(tokens: Uint32Array, beginning: Uint32Array): boolean {
  return countCommon(tokens, beginning) === beginning.length;
}

/** True when something other than `rest` goes on from this end. */
function hasOtherBranch(end: CacheEntry, rest: Uint32Array, siblings: readonly CacheEntry[]): boolean {
  return siblings.some(({ tokens }) => startsWith(tokens, end.tokens) && !startsWith(rest, tokens));
}

/** A full block leaves the window to the tail behind it: others continue from the block elsewhere. */
function toShapeAndRows(block: StateBlock, kind: EntryKind): { shape: EntryShape; rows: Uint8Array } {
  const { layout, rows, window } = block;
  if (kind === 'block' || !window) return { shape: { type: 'rows', layout, window: undefined }, rows };
  const { start, count } = window;
  const shape = { type: 'rows', layout, window: { start, count, layout: window.layout } } as const;
  return { shape, rows: Buffer.concat([rows, window.rows]) };
}
