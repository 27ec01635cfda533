import { choice, nothing, sequence, type Expression } from './expression.ts';
import type { Regex } from './regex.ts';
import type { RuleBook } from './rule-book.ts';
import type { Spelling } from './spelling.ts';

/** A regular expression without borders as a grammar expression of the same form. */
export function regexExpression(regex: Regex, writing: { book: RuleBook; spell: Spelling }): Expression {
  switch (regex.kind) {
    case 'set':
      return writing.spell(regex.set);
    case 'sequence':
      return sequence(...regex.items.map((item) => regexExpression(item, writing)));
    case 'choice':
      return choice(...regex.items.map((item) => regexExpression(item, writing)));
    case 'repeat':
      return writing.book.repeated(regexExpression(regex.item, writing), regex.min, regex.max);
    case 'begin':
    case 'end':
      return nothing;
    default:
      return regex satisfies never;
  }
}
