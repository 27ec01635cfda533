import {
  allCodePoints,
  codePoints,
  contains,
  intersect,
  invert,
  isEverything,
  type CodePoints,
} from './code-points.ts';
import { choice, never, rule, text, type Expression } from './expression.ts';
import type { RuleBook } from './rule-book.ts';

/** How a set of code points is written in the answer. */
export type Spelling = (set: CodePoints) => Expression;

/** As themselves: numbers, and texts that are JSON already. */
export const asThemselves: Spelling = (set) => {
  const [range] = set;
  if (!range) return never;
  if (set.length === 1 && range.low === range.high) return text(String.fromCodePoint(range.low));
  return { kind: 'class', set };
};

const plainCharacters = invert(codePoints([0, 0x1f], ['"'], ['\\']));
const escapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
const rareControls = intersect(codePoints([0, 0x1f]), invert(codePoints(['\b'], ['\t', '\n'], ['\f', '\r'])));

/**
 * As characters of a JSON string. Each code point has one spelling, so that lengths and excluded names hold; only a
 * place where everything is allowed takes `\u` escapes too. Control characters that have no short escape are written
 * only where the schema names nothing else: a model that begins `\u` would otherwise be forced into them.
 */
export function asJsonCharacters(book: RuleBook): Spelling {
  return (set) => {
    if (isEverything(set)) return jsonCharacter(book);
    const key = set.map(({ low, high }) => `${String(low)}-${String(high)}`).join(',');
    return book.shared(`characters ${key}`, () => book.namedIfLong('char', jsonCharactersOf(set)));
  };
}

function jsonCharactersOf(set: CodePoints): Expression {
  const plain = intersect(set, plainCharacters);
  const parts = plain.length > 0 ? [asThemselves(plain)] : [];
  for (const [character, escape] of escapes) {
    if (contains(set, character.codePointAt(0) ?? 0)) parts.push(text(escape));
  }
  if (parts.length > 0) return choice(...parts);
  const controls = intersect(set, rareControls).flatMap(({ low, high }) => codesBetween(low, high));
  return choice(...controls.map((code) => text(`\\u${code.toString(16).padStart(4, '0')}`)));
}

function codesBetween(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

/** Any one character of a JSON string; an escaped surrogate pair counts as the one code point it is. */
export function jsonCharacter(book: RuleBook): Expression {
  const name = 'json-char';
  if (!book.isDefined(name)) {
    const plain: Expression = { kind: 'class', set: intersect(allCodePoints, plainCharacters) };
    const body = String.raw`"\\" (["\\/bfnrt] | "u" json-unicode)`;
    const unicode = String.raw`[0-9A-CEFa-cef] [0-9A-Fa-f]{3} | [Dd] ([0-7] [0-9A-Fa-f]{2} | [89ABab] [0-9A-Fa-f]{2} "\\u" [Dd] [C-Fc-f] [0-9A-Fa-f]{2})`;
    book.define('json-unicode', { kind: 'raw', body: unicode });
    book.define(name, choice(plain, { kind: 'raw', body }));
  }
  return rule(name);
}
