import { dead, type Grammar } from './grammar.ts';
import type { TokenTrie } from './token-trie.ts';
import { byteOf, depthOf, endOf, firstOf, longestOf } from './trie-places.ts';

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
    const states = this.#states;
    const { places } = this.#trie;
    const grammar = this.#grammar;
    const { longerThan, upTo } = this.#walk;
    states[depthOf(places, start)] = this.#walk.state;
    const end = endOf(places, start);
    for (let node = start + 1; node < end;) {
      const after = endOf(places, node);
      const depth = depthOf(places, node);
      const before = valueAt(states, depth - 1);
      const isWanted = longestOf(places, node) > longerThan && depth <= upTo;
      const state = isWanted ? grammar.next(before, this.#classAt(byteOf(places, node))) : dead;
      if (state === dead) {
        node = after;
        continue;
      }
      states[depth] = state;
      const isWhole = state === before && after - node > smallSubtree && this.#staysIn(state, node, depth);
      const next = isWhole ? after : node + 1;
      if (depth > longerThan) this.#trie.mark(this.#mask, firstOf(places, node), firstOf(places, next));
      if (grammar.mayEscape(state) && node + 1 < after) this.escapes.push(node);
      node = next;
      if (this.escapes.length > mostEscapes) return false;
    }
    return true;
  }

  #classAt(byte: number): number {
    return this.#classOf[byte] ?? 0;
  }

  /** Nothing below the node leaves the state, is too short or is too long: an escape below could add no token. */
  #staysIn(state: number, node: number, depth: number): boolean {
    const { places, kindsBelow } = this.#trie;
    if (depth <= this.#walk.longerThan || longestOf(places, node) > this.#walk.upTo) return false;
    return ((kindsBelow[node] ?? 0) & ~this.#grammar.loopKinds(state)) === 0;
  }
}

function valueAt(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
