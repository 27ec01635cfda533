import { emptyExpression, type Expression } from './expression.ts';
import { toUtf8Sequences } from './utf8-sequences.ts';

/** Beyond this depth alternatives are left as they stand, so that hostile enums cost no stack. */
const deepestFactoring = 500;

/**
 * The same language without what can never match (`undefined` when that is all) and with alternatives that begin with
 * the same bytes put together: a flat enum of 500 values becomes a tree, and each byte of it has one way on.
 */
export function simplify(expression: Expression, productiveRules: Uint8Array): Expression | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression;
    case 'class':
      return simplifyClass(expression);
    case 'call':
      return productiveRules[expression.rule] ? expression : undefined;
    case 'sequence':
      return simplifySequence(expression.parts, productiveRules);
    case 'choice': {
      const options = expression.options.flatMap((option) => optionsOf(simplify(option, productiveRules)));
      return factor(options, 0);
    }
    case 'repeat': {
      const body = expression.max === 0 ? undefined : simplify(expression.body, productiveRules);
      if (body) return { ...expression, body };
      return expression.min === 0 ? emptyExpression : undefined;
    }
  }
}

function optionsOf(expression: Expression | undefined): readonly Expression[] {
  if (!expression) return [];
  return expression.kind === 'choice' ? expression.options : [expression];
}

/** A class of one character is a literal; a class without any (half surrogate pairs only) matches nothing. */
function simplifyClass(expression: Extract<Expression, { kind: 'class' }>): Expression | undefined {
  const [first, ...more] = toUtf8Sequences(expression.ranges);
  if (!first) return undefined;
  const isOne = more.length === 0 && first.every((range) => range.first === range.last);
  return isOne ? { kind: 'literal', bytes: first.map((range) => range.first) } : expression;
}

/** Flat, with neighbouring literals joined. */
function simplifySequence(parts: readonly Expression[], productiveRules: Uint8Array): Expression | undefined {
  const flat: Expression[] = [];
  for (const part of parts) {
    const simple = simplify(part, productiveRules);
    if (!simple) return undefined;
    for (const piece of simple.kind === 'sequence' ? simple.parts : [simple]) append(flat, piece);
  }
  return toSequence(flat);
}

function append(parts: Expression[], piece: Expression): void {
  const last = parts.at(-1);
  if (piece.kind === 'literal' && piece.bytes.length === 0) return;
  if (last?.kind === 'literal' && piece.kind === 'literal') {
    parts[parts.length - 1] = { kind: 'literal', bytes: [...last.bytes, ...piece.bytes] };
  } else {
    parts.push(piece);
  }
}

function toSequence(parts: readonly Expression[]): Expression {
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'sequence', parts };
}

function factor(options: readonly Expression[], depth: number): Expression | undefined {
  if (options.length < 2) return options[0];
  if (depth > deepestFactoring) return { kind: 'choice', options };
  const others: Expression[] = [];
  const groups = new Map<number, Expression[]>();
  for (const option of options) {
    const first = leadingBytes(option)[0];
    if (first === undefined) others.push(option);
    else if (!groups.get(first)?.push(option)) groups.set(first, [option]);
  }
  const factored = [...groups.values()].map((group) => factorGroup(group, depth));
  const all = [...factored, ...others];
  return all.length === 1 ? all[0] : { kind: 'choice', options: all };
}

/** Options that begin with the same byte: what they share, then a choice of their rests. */
function factorGroup(group: readonly Expression[], depth: number): Expression {
  const [first, ...more] = group;
  if (!first || more.length === 0) return first ?? emptyExpression;
  let shared = leadingBytes(first);
  for (const option of more) shared = shared.slice(0, sharedLength(shared, leadingBytes(option)));
  const rests = group.map((option) => without(option, shared.length));
  const isSame = rests.every((rest) => rest === emptyExpression);
  const rest = isSame ? emptyExpression : (factor(rests, depth + 1) ?? emptyExpression);
  const parts: Expression[] = [{ kind: 'literal', bytes: shared }];
  for (const piece of rest.kind === 'sequence' ? rest.parts : [rest]) append(parts, piece);
  return toSequence(parts);
}

function leadingBytes(expression: Expression): readonly number[] {
  const first = expression.kind === 'sequence' ? expression.parts[0] : expression;
  return first?.kind === 'literal' ? first.bytes : [];
}

function without(expression: Expression, count: number): Expression {
  const parts = expression.kind === 'sequence' ? expression.parts : [expression];
  const [first, ...rest] = parts;
  if (first?.kind !== 'literal') return expression;
  const bytes = first.bytes.slice(count);
  if (bytes.length > 0) return toSequence([{ kind: 'literal', bytes }, ...rest]);
  return rest.length === 0 ? emptyExpression : toSequence(rest);
}

function sharedLength(left: readonly number[], right: readonly number[]): number {
  const most = Math.min(left.length, right.length);
  for (let index = 0; index < most; index++) if (left[index] !== right[index]) return index;
  return most;
}
