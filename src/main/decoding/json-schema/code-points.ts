/** Code points from `low` to `high`, both included. */
export interface CodePointRange {
  readonly low: number;
  readonly high: number;
}

/** A set of code points: ranges in ascending order that neither overlap nor touch. */
export type CodePoints = readonly CodePointRange[];

/** Everything UTF-8 can carry: surrogates are no code points of a text. */
export const allCodePoints: CodePoints = [
  { low: 0, high: 0xd7ff },
  { low: 0xe000, high: 0x10ffff },
];

export function codePoints(...ranges: readonly (readonly [number | string, (number | string)?])[]): CodePoints {
  return unite(ranges.map(([low, high]) => ({ low: codeOf(low), high: codeOf(high ?? low) })));
}

function codeOf(character: number | string): number {
  return typeof character === 'number' ? character : (character.codePointAt(0) ?? 0);
}

/** Any ranges as a set. */
export function unite(ranges: readonly CodePointRange[]): CodePoints {
  const sorted = [...ranges].sort((left, right) => left.low - right.low);
  const united: { low: number; high: number }[] = [];
  for (const { low, high } of sorted) {
    const last = united.at(-1);
    if (last && low <= last.high + 1) last.high = Math.max(last.high, high);
    else united.push({ low, high });
  }
  return united;
}

export function intersect(left: CodePoints, right: CodePoints): CodePoints {
  const shared: CodePointRange[] = [];
  for (const a of left) {
    for (const b of right) {
      const low = Math.max(a.low, b.low);
      const high = Math.min(a.high, b.high);
      if (low <= high) shared.push({ low, high });
    }
  }
  return unite(shared);
}

/** Every code point of a text that is not in the set. */
export function invert(set: CodePoints): CodePoints {
  const gaps: CodePointRange[] = [];
  let next = 0;
  for (const { low, high } of set) {
    if (low > next) gaps.push({ low: next, high: low - 1 });
    next = high + 1;
  }
  if (next <= 0x10ffff) gaps.push({ low: next, high: 0x10ffff });
  return intersect(gaps, allCodePoints);
}

export function contains(set: CodePoints, codePoint: number): boolean {
  return set.some(({ low, high }) => low <= codePoint && codePoint <= high);
}

export function isEverything(set: CodePoints): boolean {
  return invert(set).length === 0;
}
