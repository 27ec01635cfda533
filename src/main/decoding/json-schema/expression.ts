import type { CodePoints } from './code-points.ts';

/** The right side of a grammar rule. A choice without items admits nothing, a text without characters nothing else. */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly set: CodePoints }
  | { readonly kind: 'sequence'; readonly items: readonly Expression[] }
  | { readonly kind: 'choice'; readonly items: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly item: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'raw'; readonly body: string };

export const nothing: Expression = { kind: 'text', text: '' };
export const never: Expression = { kind: 'choice', items: [] };

export function text(value: string): Expression {
  return { kind: 'text', text: value };
}

export function rule(name: string): Expression {
  return { kind: 'rule', name };
}

/** One after the other; neighbouring texts become one. */
export function sequence(...parts: readonly Expression[]): Expression {
  const items: Expression[] = [];
  for (const part of parts) {
    if (isNever(part)) return never;
    for (const item of part.kind === 'sequence' ? part.items : [part]) appendItem(items, item);
  }
  const [only] = items;
  if (only === undefined) return nothing;
  return items.length === 1 ? only : { kind: 'sequence', items };
}

function appendItem(items: Expression[], item: Expression): void {
  const last = items.at(-1);
  if (item.kind === 'text' && item.text === '') return;
  if (item.kind === 'text' && last?.kind === 'text') items[items.length - 1] = text(last.text + item.text);
  else items.push(item);
}

export function choice(...parts: readonly Expression[]): Expression {
  const items = parts.flatMap((part) => (part.kind === 'choice' ? part.items : [part]));
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: 'choice', items };
}

export function repeat(item: Expression, min: number, max: number): Expression {
  if (max === 0 || isNothing(item)) return nothing;
  if (isNever(item)) return min === 0 ? nothing : never;
  if (min === 1 && max === 1) return item;
  return { kind: 'repeat', item, min, max };
}

export function optional(item: Expression): Expression {
  return repeat(item, 0, 1);
}

export function isNever(expression: Expression): boolean {
  return expression.kind === 'choice' && expression.items.length === 0;
}

export function isNothing(expression: Expression): boolean {
  return expression.kind === 'text' && expression.text === '';
}
