import type { Alternative } from './alternatives.ts';
import { anyText } from './automaton.ts';
import { automatonExpression } from './automaton-expression.ts';
import type { Compilation } from './compilation.ts';
import { choice, isNever, never, nothing, sequence, text, type Expression } from './expression.ts';
import { commaList, type ListPart } from './list-rules.ts';
import { objectShape, type FreeNames, type ObjectShape } from './object-shape.ts';
import { refuse } from './refusal.ts';
import { anyString, namesWithout, quoted } from './string-rules.ts';
import { asJsonCharacters } from './spelling.ts';

/** Objects that satisfy all entries of the alternative: declared properties in their order, then free ones. */
export function objectExpression(alternative: Alternative, compilation: Compilation): Expression {
  const shape = objectShape(alternative, compilation);
  if (shape.min > shape.max) return never;
  const parts = shape.declared.map(({ name, isRequired, schemas }): ListPart => {
    const entry = sequence(text(JSON.stringify(name) + compilation.layout.colon), compilation.value(schemas, name));
    return { entry, presence: isRequired ? 'required' : 'optional' };
  });
  const free = choice(...shape.free.map((names) => freeProperty(names, { shape, compilation })));
  const required = shape.declared.filter(({ isRequired }) => isRequired).length;
  const most = isNever(free) ? shape.declared.length : Infinity;
  const isCounted = shape.min > required || shape.max < most;
  const list = isCounted
    ? countedList(parts, { shape, free, compilation })
    : commaList(isNever(free) ? parts : [...parts, { entry: free, presence: 'any' }], listOptions(compilation));
  return sequence(text('{'), list, text('}'));
}

function listOptions({ layout, book }: Compilation): { comma: string; book: Compilation['book'] } {
  return { comma: layout.comma, book };
}

function freeProperty(
  { names, schemas }: FreeNames,
  { shape, compilation }: { shape: ObjectShape; compilation: Compilation },
): Expression {
  const { book, patterns } = compilation;
  const value = sequence(text(compilation.layout.colon), compilation.value(schemas, 'other'));
  if (!names && shape.named.length === 0) return book.named('property', sequence(anyString(book), value));
  const spell = asJsonCharacters(book);
  const left = namesWithout(names ?? anyText, shape.named, patterns);
  const key = quoted(automatonExpression(left, { book, spell, wish: 'name' }));
  return book.named('property', sequence(key, value));
}

interface Counting {
  shape: ObjectShape;
  free: Expression;
  compilation: Compilation;
}

const mostCountStates = 4000;

/**
 * A list whose number of properties is bounded: each step knows how many came. Free names may repeat one another, and
 * JSON keeps the last of equal names, so only one of them counts towards the least number.
 */
function countedList(parts: readonly ListPart[], { shape, free, compilation }: Counting): Expression {
  const { book, layout } = compilation;
  const hasFree = !isNever(free);
  const { min, max, minPath } = shape;
  if (hasFree && min > parts.length + 1) {
    refuse({ path: minPath, keyword: 'minProperties', reason: 'names that are not declared may repeat one another' });
  }
  const cap = max === Infinity ? Math.max(min, 1) : Math.min(max, parts.length + 1);
  if (parts.length * (cap + 1) > mostCountStates) {
    refuse({ path: minPath, keyword: 'maxProperties', reason: 'it counts too many properties' });
  }
  const states = new Map<string, Expression>();
  const comma = (count: number): Expression => text(count === 0 ? '' : layout.comma);
  const last = (count: number): Expression => {
    const [fewest, most] = [Math.max(0, min - count), max - count];
    if (!hasFree || most <= 0) return fewest === 0 && most >= 0 ? nothing : never;
    if (fewest > 1) return never;
    if (count > 0) return book.repeated(sequence(comma(count), free), fewest, most);
    const some = sequence(free, book.repeated(sequence(text(layout.comma), free), 0, most - 1));
    return fewest === 0 ? choice(nothing, some) : some;
  };
  const from = (index: number, count: number): Expression => {
    const part = parts[index];
    if (!part) return last(count);
    const key = `${String(index)},${String(count)}`;
    const known = states.get(key);
    if (known) return known;
    const next = max === Infinity ? Math.min(count + 1, cap) : count + 1;
    const taken = count < max ? sequence(comma(count), part.entry, from(index + 1, next)) : never;
    const left = part.presence === 'required' ? never : from(index + 1, count);
    const expression = book.named('counted', choice(taken, left));
    states.set(key, expression);
    return expression;
  };
  return from(0, 0);
}
