/** Byte strings in one buffer: string n lies between `starts[n]` and `starts[n + 1]`. */
export interface ByteStrings {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** Sorts numbers of byte strings by their bytes, shorter first (three-way radix quicksort, in place). */
export function sortByBytes(numbers: Uint32Array, { bytes, starts }: ByteStrings): void {
  /** The byte at a depth, plus one; zero behind the end. */
  const keyAt = (index: number, depth: number): number => {
    const number = numbers[index] ?? 0;
    const at = (starts[number] ?? 0) + depth;
    return at < (starts[number + 1] ?? 0) ? (bytes[at] ?? 0) + 1 : 0;
  };
  const todo: Part[] = [{ from: 0, to: numbers.length, depth: 0 }];
  for (let part = todo.pop(); part; part = todo.pop()) {
    const { from, to, depth } = part;
    if (to - from < 2) continue;
    const pivot = keyAt((from + to) >> 1, depth);
    let lower = from;
    let upper = to;
    for (let index = from; index < upper;) {
      const key = keyAt(index, depth);
      if (key < pivot) swap(numbers, lower++, index++);
      else if (key > pivot) swap(numbers, index, --upper);
      else index++;
    }
    todo.push({ from, to: lower, depth }, { from: upper, to, depth });
    if (pivot > 0) todo.push({ from: lower, to: upper, depth: depth + 1 });
  }
}

function swap(numbers: Uint32Array, left: number, right: number): void {
  const kept = numbers[left] ?? 0;
  numbers[left] = numbers[right] ?? 0;
  numbers[right] = kept;
}
