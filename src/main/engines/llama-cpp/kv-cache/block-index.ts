import { isExact, type CacheEntry } from './cache-entry.ts';
import { countCommon } from '../common-prefix.ts';
import { blockTokens, toChainKey } from './chain-key.ts';

/** One entry of a found prefix and how many of its tokens count. */
export interface PrefixPart {
  entry: CacheEntry;
  tokenCount: number;
}

export interface FoundPath {
  /** Tokens covered from the beginning on. */
  length: number;
  parts: PrefixPart[];
}

/**
 * Which prefixes are held: a tree over entries, each known by the hash of all tokens up to its end. A look-up costs one
 * hash per block of the prompt and a comparison per branch where it ends.
 */
export class BlockIndex {
  readonly #entries = new Map<string, CacheEntry>();
  readonly #children = new Map<string, Map<string, CacheEntry>>();

  get size(): number {
    return this.#entries.size;
  }

  entries(): Iterable<CacheEntry> {
    return this.#entries.values();
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  /** Entries that follow this key directly. */
  childrenOf(key: string): readonly CacheEntry[] {
    return [...(this.#children.get(key)?.values() ?? [])];
  }

  add(entry: CacheEntry): void {
    this.#entries.set(entry.key, entry);
    const siblings = this.#children.get(entry.parent);
    if (siblings) siblings.set(entry.key, entry);
    else this.#children.set(entry.parent, new Map([[entry.key, entry]]));
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    const siblings = this.#children.get(entry.parent);
    siblings?.delete(key);
    if (siblings?.size === 0) this.#children.delete(entry.parent);
  }

  /** The longest beginning of `tokens` that can be put together. */
  longestPrefix(root: string, tokens: Uint32Array): FoundPath {
    const path = this.blockPath(root, tokens);
    for (let depth = path.length; depth >= 0; depth--) {
      const parts = path.slice(0, depth).map((entry) => ({ entry, tokenCount: entry.tokens.length }));
      const last = parts.at(-1);
      const branch = this.#bestBranch(last?.entry.key ?? root, tokens.subarray(depth * blockTokens));
      if (branch) return { length: depth * blockTokens + branch.tokenCount, parts: [...parts, branch] };
      if (last && !last.entry.needsWindow) return { length: depth * blockTokens, parts };
    }
    return { length: 0, parts: [] };
  }

  /** Tokens at the beginning that some entry has too, whether or not anything can be restored there. */
  sharedLength(root: string, tokens: Uint32Array): number {
    const path = this.blockPath(root, tokens);
    const from = path.length * blockTokens;
    const branches = [...(this.#children.get(path.at(-1)?.key ?? root)?.values() ?? [])];
    return from + Math.max(0, ...branches.map((entry) => countCommon(entry.tokens, tokens.subarray(from))));
  }

  /** The chain of full blocks that `tokens` begins with. */
  blockPath(root: string, tokens: Uint32Array): CacheEntry[] {
    const path: CacheEntry[] = [];
    let parent = root;
    for (let from = 0; from + blockTokens <= tokens.length; from += blockTokens) {
      const entry = this.#entries.get(toChainKey(parent, 'block', tokens.subarray(from, from + blockTokens)));
      if (!entry) break;
      path.push(entry);
      parent = entry.key;
    }
    return path;
  }

  /** The child that continues `tokens` longest; rows can be cut between any two tokens, windows and whole states not. */
  #bestBranch(parent: string, tokens: Uint32Array): PrefixPart | undefined {
    let best: PrefixPart | undefined;
    for (const entry of this.#children.get(parent)?.values() ?? []) {
      if (entry.needsWindow && !isExact(entry)) continue;
      const tokenCount = countCommon(entry.tokens, tokens);
      if (isExact(entry) ? tokenCount < entry.tokens.length : tokenCount === 0) continue;
      if (!best || tokenCount > best.tokenCount) best = { entry, tokenCount };
    }
    return best;
  }
}
