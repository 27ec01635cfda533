import { dead, type Grammar } from './grammar.ts';
import type { TokenTrie } from './token-trie.ts';

export interface TrieWalk {
  readonly grammar: Grammar;
  readonly trie: TokenTrie;
  /** State of the grammar at the nodes where walks begin. */
  readonly state: number;
  readonly nodes: Iterable<number>;
  /** Only tokens longer than this, and at most as long as that, are marked. */
  readonly longerThan: number;
  readonly upTo: number;
  /** The walk is given up when the open frame may end at more nodes than this. */
  readonly mostEscapes?: number;
}

/** Subtrees with fewer nodes are walked, not asked about. */
const smallSubtree = 8;

/**
 * Marks the tokens below the nodes that the grammar reads from the state, as bits of `mask`; answers the nodes with
 * children where the open frame may end, `undefined` when they are too many. Cost: some 10 ns for each node that the grammar reaches, less where it stays in
 * one state (the inside of a string): subtrees that cannot leave the state are marked as a whole.
 */
export function markTokens(walk: TrieWalk, mask: Uint32Array): number[] | undefined {
  const walker = new Walker(walk, mask);
  const most = walk.mostEscapes ?? Infinity;
  for (const node of walk.nodes) if (!walker.run(node, most)) return undefined;
  return walker.escapes;
}

class Walker {
  readonly escapes: number[] = [];
  readonly #walk: TrieWalk;
  readonly #trie: TokenTrie;
  readonly #grammar: Grammar;
  readonly #mask: Uint32Array;
  readonly #classOf: Uint8Array;
  /** States along the path, by depth. */
  readonly #states: Int32Array;

  constructor(walk: TrieWalk, mask: Uint32Array) {
    this.#walk = walk;
    this.#trie = walk.trie;
    this.#grammar = walk.grammar;
    this.#mask = mask;
    this.#classOf = walk.grammar.classes.ofByte;
    this.#states = new Int32Array(walk.trie.longestToken + 1);
  }

  /** False when there are too many escapes. */
  run(start: number, mostEscapes: number): boolean {
    const { ends, depths } = this.#trie;
    this.#states[depths[start] ?? 0] = this.#walk.state;
    const end = ends[start] ?? 0;
    for (let node = start + 1; node < end;) {
      const after = ends[node] ?? end;
      const depth = depths[node] ?? 0;
      const before = this.#states[depth - 1] ?? 0;
      const state = this.#enter(node, depth, before);
      if (state === dead) {
        node = after;
        continue;
      }
      this.#states[depth] = state;
      const isWhole = state === before && after - node > smallSubtree && this.#staysIn(state, node, depth);
      const next = isWhole ? after : node + 1;
      this.#take(node, next, depth);
      if (this.#grammar.mayEscape(state) && node + 1 < after) this.escapes.push(node);
      node = next;
      if (this.escapes.length > mostEscapes) return false;
    }
    return true;
  }

  #enter(node: number, depth: number, before: number): number {
    const isWanted = (this.#trie.longest[node] ?? 0) > this.#walk.longerThan && depth <= this.#walk.upTo;
    return isWanted ? this.#grammar.next(before, this.#classOf[this.#trie.bytes[node] ?? 0] ?? 0) : dead;
  }

  /** Marks the tokens of the nodes from `node` to before `next`. */
  #take(node: number, next: number, depth: number): void {
    if (depth <= this.#walk.longerThan) return;
    const { firsts } = this.#trie;
    this.#trie.mark(this.#mask, firsts[node] ?? 0, firsts[next] ?? 0);
  }

  /** Nothing below the node leaves the state, is too short or is too long: an escape below could add no token. */
  #staysIn(state: number, node: number, depth: number): boolean {
    const { longest, kindsBelow } = this.#trie;
    if (depth <= this.#walk.longerThan || (longest[node] ?? 0) > this.#walk.upTo) return false;
    return ((kindsBelow[node] ?? 0) & ~this.#grammar.loopKinds(state)) === 0;
  }
}
