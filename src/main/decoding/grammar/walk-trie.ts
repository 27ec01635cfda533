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

/**
 * Marks the tokens below a node that the grammar reads from the state, as bits of `mask`. `escapes` receives the nodes
 * with children where the open frame may end. Cost: a few ns for each node that the grammar reaches.
 */
export function markTokens(walk: TrieWalk, mask: Uint32Array, escapes: number[]): void {
  const { grammar, trie, longerThan, upTo } = walk;
  const { bytes, depths, ends, longest, tokens, firsts } = trie;
  const { ofByte } = grammar.classes;
  if (path.length <= trie.longestToken) path = new Int32Array(trie.longestToken + 1);
  const states = path;
  states[depths[walk.node] ?? 0] = walk.state;
  const end = ends[walk.node] ?? 0;
  for (let node = walk.node + 1; node < end;) {
    const depth = depths[node] ?? 0;
    const isWanted = (longest[node] ?? 0) > longerThan && depth <= upTo;
    const state = isWanted ? grammar.next(states[depth - 1] ?? 0, ofByte[bytes[node] ?? 0] ?? 0) : dead;
    if (state === dead) {
      node = ends[node] ?? end;
      continue;
    }
    states[depth] = state;
    if (depth > longerThan) {
      const last = firsts[node + 1] ?? 0;
      for (let index = firsts[node] ?? 0; index < last; index++) {
        const token = tokens[index] ?? 0;
        mask[token >>> 5] = (mask[token >>> 5] ?? 0) | (1 << (token & 31));
      }
    }
    if (grammar.mayEscape(state) && node + 1 < (ends[node] ?? 0)) escapes.push(node);
    node++;
  }
}
