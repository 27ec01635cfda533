import type { Alternative } from './alternatives.ts';
import { arrayShape, type ArrayShape } from './array-shape.ts';
import type { Compilation } from './compilation.ts';
import { choice, never, nothing, optional, sequence, text, type Expression } from './expression.ts';
import { jsonText, type JsonValue } from './json-value.ts';
import { countOf, has, keywordPath } from './keyword-values.ts';
import { nestedList } from './list-rules.ts';
import { refuse } from './refusal.ts';

/** Arrays that satisfy all entries of the alternative. */
export function arrayExpression(alternative: Alternative, compilation: Compilation): Expression {
  const shape = withReach(arrayShape(alternative, compilation), compilation);
  if (shape.min > shape.max) return never;
  if (shape.max === 0) return shape.containing.length > 0 ? never : text('[]');
  return sequence(text('['), inner(shape, compilation), text(']'));
}

/** A place for which nothing is valid ends the array before it. */
function withReach(shape: ArrayShape, compilation: Compilation): ArrayShape {
  for (let index = 0; index <= shape.prefixLength && index < shape.max; index++) {
    compilation.budget.tick();
    if (compilation.isEmpty(shape.itemAt(index))) return { ...shape, max: index };
  }
  return shape;
}

function inner(shape: ArrayShape, compilation: Compilation): Expression {
  const [containing, ...others] = shape.containing;
  if (shape.unique && shape.max > 1) return uniqueItems(shape, compilation);
  if (!containing) return items(shape, compilation);
  if (others.length > 0) {
    return refuse({ path: keywordPath(containing, 'contains'), keyword: 'contains', reason: 'two of them meet' });
  }
  if (has(containing, 'maxContains')) {
    const path = keywordPath(containing, 'maxContains');
    return refuse({ path, keyword: 'maxContains', reason: 'items that must not match have no exact grammar' });
  }
  return containingItems(shape, compilation);
}

function items({ min, max, prefixLength, itemAt }: ArrayShape, compilation: Compilation): Expression {
  const { book, layout } = compilation;
  const comma = text(layout.comma);
  const places = Math.min(prefixLength, max);
  const prefix = Array.from({ length: places }, (_, index) => compilation.value(itemAt(index), 'item'));
  const item = max > prefixLength ? compilation.value(itemAt(prefixLength), 'item') : never;
  const leading = prefix.slice(0, min).flatMap((entry, index) => (index === 0 ? [entry] : [comma, entry]));
  if (places === 0) {
    const more = (fewest: number): Expression => book.repeated(sequence(comma, item), fewest, max - 1);
    return min === 0 ? optional(sequence(item, more(0))) : sequence(item, more(min - 1));
  }
  const tail = book.repeated(sequence(comma, item), Math.max(0, min - places), max - places);
  if (min >= places) return sequence(...leading, tail);
  const rest = nestedList([...prefix.slice(Math.max(min, 1))], { comma: layout.comma, book, tail });
  if (min > 0) return sequence(...leading, rest);
  return optional(sequence(prefix[0] ?? nothing, rest));
}

/** Items of which at least some match: each step knows how many came and how many of them match. */
function containingItems(shape: ArrayShape, compilation: Compilation): Expression {
  const { book, layout, document } = compilation;
  const [node] = shape.containing;
  const wanted = node && document.child(node, 'contains');
  if (!wanted) return items(shape, compilation);
  const needed = countOf(node, 'minContains') ?? 1;
  const most = shape.max === Infinity ? Math.max(shape.min, shape.prefixLength, 1) : shape.max;
  if (most * needed > 2000) {
    return refuse({ path: keywordPath(node, 'contains'), keyword: 'contains', reason: 'it counts too far' });
  }
  const states = new Map<string, Expression>();
  const from = (count: number, found: number): Expression => {
    const key = `${String(count)},${String(found)}`;
    const known = states.get(key);
    if (known) return known;
    const name = book.reserve('containing');
    states.set(key, { kind: 'rule', name });
    const options: Expression[] = count >= shape.min && found >= needed ? [nothing] : [];
    if (count < shape.max) {
      const comma = text(count === 0 ? '' : layout.comma);
      const schemas = shape.itemAt(Math.min(count, shape.prefixLength));
      const next = shape.max === Infinity ? Math.min(count + 1, most) : count + 1;
      options.push(sequence(comma, compilation.value(schemas, 'item'), from(next, found)));
      if (found < needed) {
        const match = compilation.value([...schemas, wanted], 'match');
        options.push(sequence(comma, match, from(next, found + 1)));
      }
    }
    return book.define(name, choice(...options));
  };
  return from(0, 0);
}

const mostUniqueStates = 3000;

/** Different items out of a list: each step knows which are taken. */
function uniqueItems(shape: ArrayShape, compilation: Compilation): Expression {
  const { unique } = shape;
  const values = shape.prefixLength === 0 ? compilation.listedValues(shape.itemAt(0)) : undefined;
  const path = unique ? keywordPath(unique, 'uniqueItems') : '';
  const hint = 'Give the items an enum, or leave uniqueItems out and check the answer.';
  if (!values || shape.containing.length > 0) {
    return refuse({ path, keyword: 'uniqueItems', reason: 'its items are more than can be listed', hint });
  }
  const most = Math.min(shape.max, values.length);
  if (subsetCount(values.length, most) > mostUniqueStates) {
    return refuse({ path, keyword: 'uniqueItems', reason: 'the choices of different items are too many', hint });
  }
  return uniqueFrom(values, { min: shape.min, max: most, compilation });
}

function subsetCount(size: number, most: number): number {
  let [total, subsets] = [1, 1];
  for (let taken = 1; taken <= most; taken++) {
    subsets = (subsets * (size - taken + 1)) / taken;
    total += subsets;
  }
  return total;
}

interface UniqueRange {
  min: number;
  max: number;
  compilation: Compilation;
}

function uniqueFrom(values: readonly JsonValue[], { min, max, compilation }: UniqueRange): Expression {
  const { book, layout } = compilation;
  const texts = values.map((value) => jsonText(value, layout));
  const states = new Map<string, Expression>();
  const from = (taken: readonly number[]): Expression => {
    const key = taken.join(',');
    const known = states.get(key);
    if (known) return known;
    const name = book.reserve('different');
    states.set(key, { kind: 'rule', name });
    const options: Expression[] = taken.length >= min ? [nothing] : [];
    if (taken.length < max) {
      const comma = taken.length === 0 ? '' : layout.comma;
      texts.forEach((value, index) => {
        if (taken.includes(index)) return;
        const next = [...taken, index].sort((left, right) => left - right);
        options.push(sequence(text(comma + value), from(next)));
      });
    }
    return book.define(name, choice(...options));
  };
  return from([]);
}
