/**
 * Grammars: GBNF text compiled to an automaton over bytes that says, before each token, which tokens of a vocabulary
 * may come next and which have to. Used beside sampling by the engines. Knows no library, no model file and no I/O.
 */
export { GrammarCache } from './grammar-cache.ts';
export { GrammarMatcher } from './grammar-matcher.ts';
export { parseGrammar } from './parse-grammar.ts';
export type { TokenConstraint } from './token-constraint.ts';
export { TokenTrie, type TokenVocabulary } from './token-trie.ts';
