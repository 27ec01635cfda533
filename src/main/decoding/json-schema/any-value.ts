import { choice, optional, rule, sequence, text, type Expression } from './expression.ts';
import type { JsonLayout } from './json-value.ts';
import { anyNumber } from './number-rules.ts';
import type { RuleBook } from './rule-book.ts';
import { anyString } from './string-rules.ts';

/** Any JSON value. */
export function anyValue(book: RuleBook, { comma, colon }: JsonLayout): Expression {
  const name = 'json-value';
  if (book.isDefined(name)) return rule(name);
  const value = rule(name);
  const words = ['true', 'false', 'null'].map(text);
  const list = (open: string, entry: Expression, close: string): Expression => {
    const more: Expression = { kind: 'repeat', item: sequence(text(comma), entry), min: 0, max: Infinity };
    return sequence(text(open), optional(sequence(entry, more)), text(close));
  };
  const array = book.define('json-array', list('[', value, ']'));
  const member = sequence(anyString(book), text(colon), value);
  const object = book.define('json-object', list('{', member, '}'));
  return book.define(name, choice(object, array, anyString(book), anyNumber(book), ...words));
}
