import { GbnfReader } from './gbnf-reader.ts';
import { Grammar } from './grammar.ts';

/**
 * Compiles GBNF text (see `GbnfReader`); rule `root` is the whole text. Throws `invalid-request` with line and column
 * for a wrong text, an undefined rule, left recursion, a grammar that no text matches, and for one beyond
 * `grammarLimits`. Cost: about 1 ms per 10 kB.
 */
export function parseGrammar(text: string): Grammar {
  return new Grammar(new GbnfReader(text).read());
}
