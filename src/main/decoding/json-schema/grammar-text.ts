import { invert, type CodePoints } from './code-points.ts';
import type { Expression } from './expression.ts';

/** The expression in llama.cpp's grammar notation (GBNF). */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'text':
      return literalText(expression.text);
    case 'class':
      return classText(expression.set);
    case 'sequence':
      return expression.items.map((item) => (item.kind === 'choice' ? group(item) : expressionText(item))).join(' ');
    case 'choice':
      return expression.items.map(expressionText).join(' | ');
    case 'repeat':
      return `${isAtom(expression.item) ? expressionText(expression.item) : group(expression.item)}${countText(expression)}`;
    case 'rule':
      return expression.name;
    case 'raw':
      return expression.body;
    default:
      return expression satisfies never;
  }
}

/** A text as a literal of the grammar, quotes included. */
export function literalText(value: string): string {
  let escaped = '';
  for (const character of value) escaped += escapeIn(character, '"\\');
  return `"${escaped}"`;
}

function group(expression: Expression): string {
  return `(${expressionText(expression)})`;
}

function isAtom({ kind }: Expression): boolean {
  return kind === 'text' || kind === 'class' || kind === 'rule';
}

function countText({ min, max }: { min: number; max: number }): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${String(min)},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${String(min)}}` : `{${String(min)},${String(max)}}`;
}

function classText(set: CodePoints): string {
  const inverted = invert(set);
  return inverted.length < set.length ? `[^${rangesText(inverted)}]` : `[${rangesText(set)}]`;
}

function rangesText(set: CodePoints): string {
  return set
    .map(({ low, high }) => {
      if (low === high) return classCharacter(low);
      return `${classCharacter(low)}${high === low + 1 ? '' : '-'}${classCharacter(high)}`;
    })
    .join('');
}

function classCharacter(codePoint: number): string {
  if (codePoint > 0xffff) return `\\U${hex(codePoint, 8)}`;
  if (codePoint > 0x7e) return `\\u${hex(codePoint, 4)}`;
  if (codePoint === 0x2d || codePoint === 0x5e) return `\\x${hex(codePoint, 2)}`;
  return escapeIn(String.fromCodePoint(codePoint), '[]\\');
}

const namedEscapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeIn(character: string, special: string): string {
  if (special.includes(character)) return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code !== 0x7f) return character;
  return namedEscapes.get(character) ?? `\\x${hex(code, 2)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
