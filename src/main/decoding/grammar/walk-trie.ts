import { dead, type Grammar } from './grammar.ts';
import type { TokenTrie } from './token-trie.ts';

export interface TrieWalk {
  readonly grammar: Grammar;
  readonly trie: TokenTrie;
  /** State of the grammar at the node where the walk begins. */
  readonly state: number;
  readonly node: number;
  /** Only tokens longer than this, and at most as long as that, are marked. */
  readonly longerThan: number;
  readonly upTo: number;
}

/** States along the path of a walk; one walk at a time. */
let path = new Int32Array(256);

/** Subtrees with fewer nodes are walked, not asked about. */
const smallSubtree = 8;

/**
 * Marks the tokens below a node that the grammar reads from the state, as bits of `mask`. `escapes` receives the nodes
 * with children where the open frame may end. Cost: some 10 ns for each node that the grammar reaches, less where it
 * stays in one state (the inside of a string): subtrees that cannot leave the state are marked as a whole.
 */
export function markTokens(walk: TrieWalk, mask: Uint32Array, escapes: number[]): void {
  const { grammar, trie, longerThan, upTo } = walk;
  const { bytes, depths, ends, longest, firsts } = trie;
  const { ofByte } = grammar.classes;
  if (path.length <= trie.longestToken) path = new Int32Array(trie.longestToken + 1);
  const states = path;
  states[depths[walk.node] ?? 0] = walk.state;
  const end = ends[walk.node] ?? 0;
  for (let node = walk.node + 1; node < end;) {
    const depth = depths[node] ?? 0;
    const after = ends[node] ?? end;
    const before = states[depth - 1] ?? 0;
    const isWanted = (longest[node] ?? 0) > longerThan && depth <= upTo;
    const state = isWanted ? grammar.next(before, ofByte[bytes[node] ?? 0] ?? 0) : dead;
    if (state === dead) {
      node = after;
      continue;
    }
    const isWhole = state === before && after - node > smallSubtree && depth > longerThan && staysIn(walk, state, node);
    if (depth > longerThan) trie.mark(mask, firsts[node] ?? 0, firsts[isWhole ? after : node + 1] ?? 0);
    states[depth] = state;
    if (grammar.mayEscape(state) && node + 1 < after) escapes.push(node);
    node = isWhole ? after : node + 1;
  }
}

/** Nothing below the node leaves the state or is too long. */
function staysIn({ grammar, trie, upTo }: TrieWalk, state: number, node: number): boolean {
  if (grammar.mayEscape(state) || (trie.longest[node] ?? 0) > upTo) return false;
  return ((trie.kindsBelow[node] ?? 0) & ~grammar.loopKinds(state)) === 0;
}
