import type { CodePointRange } from './expression.ts';

/** Bytes from `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Code points of equal length in UTF-8 that UTF-8 can write; half surrogate pairs are not among them. */
const blocks: readonly { first: number; last: number; length: number }[] = [
  { first: 0, last: 0x7f, length: 1 },
  { first: 0x80, last: 0x7ff, length: 2 },
  { first: 0x800, last: 0xd7ff, length: 3 },
  { first: 0xe000, last: 0xffff, length: 3 },
  { first: 0x10000, last: 0x10ffff, length: 4 },
];

/**
 * A class of code points as byte sequences: a text of one code point is in the class exactly when its UTF-8 form is in
 * one of the sequences, byte by byte. Classes with half surrogate pairs only give none.
 */
export function toUtf8Sequences(ranges: readonly CodePointRange[]): ByteRange[][] {
  const sequences: ByteRange[][] = [];
  for (const range of ranges) {
    for (const block of blocks) {
      const first = Math.max(range.first, block.first);
      const last = Math.min(range.last, block.last);
      if (first <= last) addSequences({ first, last }, block.length, sequences);
    }
  }
  return sequences;
}

/** Splits until every continuation byte is free of the bytes before it. */
function addSequences({ first, last }: CodePointRange, length: number, sequences: ByteRange[][]): void {
  for (let bits = 6; bits < 6 * length; bits += 6) {
    const low = 2 ** bits - 1;
    if ((first & ~low) === (last & ~low)) continue;
    const cut = (first & low) !== 0 ? first | low : (last & low) !== low ? (last & ~low) - 1 : undefined;
    if (cut === undefined) continue;
    addSequences({ first, last: cut }, length, sequences);
    addSequences({ first: cut + 1, last }, length, sequences);
    return;
  }
  const lasts = encode(last, length);
  sequences.push(encode(first, length).map((byte, index) => ({ first: byte, last: lasts[index] ?? byte })));
}

const leads = [0, 0, 0xc0, 0xe0, 0xf0];

function encode(codePoint: number, length: number): number[] {
  const bytes: number[] = [];
  let rest = codePoint;
  for (let index = 1; index < length; index++) {
    bytes.unshift(0x80 | (rest & 0x3f));
    rest >>>= 6;
  }
  bytes.unshift((leads[length] ?? 0) | rest);
  return bytes;
}
