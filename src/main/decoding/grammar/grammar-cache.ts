import { ByteBoundedCache } from './byte-bounded-cache.ts';
import { parseGrammar } from './parse-grammar.ts';
import { TokenConstraint } from './token-constraint.ts';
import { TokenMasks } from './token-masks.ts';
import type { TokenTrie } from './token-trie.ts';

const maxBytesByDefault = 128 * 1024 * 1024;

/**
 * Compiled grammars of one vocabulary by their text: requests with the same tools or schema share one grammar and all
 * masks found for it. The least recently used are dropped beyond the budget; constraints made from them live on.
 */
export class GrammarCache {
  readonly #trie: TokenTrie;
  readonly #entries: ByteBoundedCache<string, TokenMasks>;

  constructor(trie: TokenTrie, { maxBytes = maxBytesByDefault }: { maxBytes?: number } = {}) {
    this.#trie = trie;
    this.#entries = new ByteBoundedCache(maxBytes);
  }

  /** A constraint at the beginning of an answer. Throws as `parseGrammar` does. */
  constraint(text: string): TokenConstraint {
    const masks = this.#entries.get(text) ?? new TokenMasks(parseGrammar(text), this.#trie);
    // Set anew each time: what a grammar holds grows while it is used.
    this.#entries.set(text, masks, 2 * text.length + masks.byteSize);
    return new TokenConstraint(masks);
  }
}
