import type { CodePointRange } from './expression.ts';
import type { GrammarText } from './grammar-text.ts';

const lastCodePoint = 0x10ffff;

/** The rest of a class after its `[`: ranges in ascending order that do not touch, negation resolved. */
export function readCharacterClass(text: GrammarText): CodePointRange[] {
  const at = text.at - 1;
  const isNegated = text.take('^');
  const ranges: CodePointRange[] = [];
  while (!text.take(']')) {
    const first = text.readCharacter();
    const isRange = text.isNext('-') && !text.isNext('-]');
    if (!isRange) {
      ranges.push({ first, last: first });
      continue;
    }
    const dash = text.at;
    text.take('-');
    const last = text.readCharacter();
    if (last < first) throw text.error('the range ends before it begins', dash);
    ranges.push({ first, last });
  }
  if (ranges.length === 0) throw text.error('the class is empty', at);
  const merged = mergeRanges(ranges);
  return isNegated ? negate(merged) : merged;
}

function mergeRanges(ranges: readonly CodePointRange[]): CodePointRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

function negate(ranges: readonly CodePointRange[]): CodePointRange[] {
  const rest: CodePointRange[] = [];
  let next = 0;
  for (const { first, last } of ranges) {
    if (first > next) rest.push({ first: next, last: first - 1 });
    next = last + 1;
  }
  if (next <= lastCodePoint) rest.push({ first: next, last: lastCodePoint });
  return rest;
}
