import { codePoints, type CodePoints } from './code-points.ts';

/** A regular expression over code points; `begin` and `end` admit nothing but a border of the text. */
export type Regex =
  | { readonly kind: 'set'; readonly set: CodePoints }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'choice'; readonly items: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly item: Regex; readonly min: number; readonly max: number }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' };

export const emptyRegex: Regex = { kind: 'sequence', items: [] };

export function setOf(set: CodePoints): Regex {
  return { kind: 'set', set };
}

export function inOrder(...items: readonly Regex[]): Regex {
  const flat = items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]));
  const [only] = flat;
  return flat.length === 1 && only ? only : { kind: 'sequence', items: flat };
}

export function oneOfThese(...items: readonly Regex[]): Regex {
  const flat = items.flatMap((item) => (item.kind === 'choice' ? item.items : [item]));
  const [only] = flat;
  return flat.length === 1 && only ? only : { kind: 'choice', items: flat };
}

export function times(item: Regex, min: number, max: number = min): Regex {
  if (max === 0) return emptyRegex;
  return min === 1 && max === 1 ? item : { kind: 'repeat', item, min, max };
}

/** The characters of a text, in order. */
export function exactText(text: string): Regex {
  return inOrder(...[...text].map((character) => setOf(codePoints([character]))));
}

/** Fewest and most code points of a text that the expression admits. */
export function lengthsOf(regex: Regex): { min: number; max: number } {
  switch (regex.kind) {
    case 'set':
      return { min: 1, max: 1 };
    case 'begin':
    case 'end':
      return { min: 0, max: 0 };
    case 'sequence':
      return regex.items.map(lengthsOf).reduce((sum, { min, max }) => ({ min: sum.min + min, max: sum.max + max }), {
        min: 0,
        max: 0,
      });
    case 'choice': {
      const lengths = regex.items.map(lengthsOf);
      return {
        min: Math.min(...lengths.map(({ min }) => min)),
        max: Math.max(0, ...lengths.map(({ max }) => max)),
      };
    }
    case 'repeat': {
      const { min, max } = lengthsOf(regex.item);
      return { min: min * regex.min, max: max === 0 ? 0 : max * regex.max };
    }
    default:
      return regex satisfies never;
  }
}

/** The same with no repetition above `most`, unless it asks for more itself. */
export function withFewerRepetitions(regex: Regex, most: number): Regex {
  if (regex.kind === 'sequence' || regex.kind === 'choice') {
    return { kind: regex.kind, items: regex.items.map((item) => withFewerRepetitions(item, most)) };
  }
  if (regex.kind !== 'repeat') return regex;
  const max = Math.min(regex.max, Math.max(regex.min, most));
  return { ...regex, item: withFewerRepetitions(regex.item, most), max };
}

/** True when a border stands anywhere inside. */
export function hasBorder(regex: Regex): boolean {
  if (regex.kind === 'begin' || regex.kind === 'end') return true;
  if (regex.kind === 'repeat') return hasBorder(regex.item);
  return (regex.kind === 'sequence' || regex.kind === 'choice') && regex.items.some(hasBorder);
}
