import { choice, nothing, optional, sequence, text, type Expression } from './expression.ts';
import type { RuleBook } from './rule-book.ts';

/** One place of a list whose entries are set apart by commas. */
export interface ListPart {
  readonly entry: Expression;
  /** `any`: as often as it likes, also not at all. */
  readonly presence: 'required' | 'optional' | 'any';
}

/** Entries in the given order, each as its presence says, with commas only between: the size is linear in the parts. */
export function commaList(parts: readonly ListPart[], { comma, book }: { comma: string; book: RuleBook }): Expression {
  const first = parts.findIndex(({ presence }) => presence === 'required');
  if (first < 0) return optional(anyStart(parts, { comma, book }));
  const before = parts.slice(0, first).map(({ entry, presence }) => times(sequence(entry, text(comma)), presence));
  const required = parts[first]?.entry ?? nothing;
  return sequence(...before, required, ...parts.slice(first + 1).map((part) => behind(part, comma)));
}

/** What follows once something stands before it. */
function behind({ entry, presence }: ListPart, comma: string): Expression {
  return times(sequence(text(comma), entry), presence);
}

function times(item: Expression, presence: ListPart['presence']): Expression {
  if (presence === 'required') return item;
  return presence === 'optional' ? optional(item) : { kind: 'repeat', item, min: 0, max: Infinity };
}

/** At least one of parts that are all optional: each may be the first; what follows it is shared between them. */
function anyStart(parts: readonly ListPart[], { comma, book }: { comma: string; book: RuleBook }): Expression {
  const starts: Expression[] = [];
  let rest: Expression = nothing;
  for (const part of parts.toReversed()) {
    const { entry, presence } = part;
    const again = presence === 'any' ? behind(part, comma) : nothing;
    starts.unshift(sequence(entry, again, rest));
    const following = sequence(behind(part, comma), rest);
    rest = parts.length > 2 ? book.named('more', following) : following;
  }
  return choice(...starts);
}

interface Nesting {
  comma: string;
  book: RuleBook;
  /** What may follow the last entry. */
  tail: Expression;
}

/** Entries behind a first one where each needs those before it: nested, cut into rules where it gets deep. */
export function nestedList(entries: readonly Expression[], { comma, book, tail }: Nesting): Expression {
  let rest = tail;
  entries.toReversed().forEach((entry, index) => {
    const nested = optional(sequence(text(comma), entry, rest));
    rest = index % 8 === 7 ? book.named('more', nested) : nested;
  });
  return rest;
}
