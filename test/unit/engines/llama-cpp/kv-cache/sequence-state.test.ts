import { describe, expect, test } from 'vitest';
import { cutState, readSequenceState, type StateBlock } from '#main/engines/llama-cpp/kv-cache/sequence-state.ts';
import { assembleState } from '#main/engines/llama-cpp/kv-cache/state-builder.ts';
import { createRandom } from '#test/support/random.ts';
import { countUp, makeStateBytes, type StateBytesOptions } from '#test/support/sequence-state-bytes.ts';

function cutAll(bytes: Uint8Array, size: number): StateBlock[] {
  const state = readSequenceState(bytes);
  if (!state) throw new Error('Not understood.');
  const blocks: StateBlock[] = [];
  for (let from = 0; from < state.tokenCount; from += size) {
    const block = cutState(state, { from, to: Math.min(from + size, state.tokenCount) });
    if (block) blocks.push(block);
  }
  return blocks;
}

describe('a state that is cut and put together', () => {
  const shapes: [string, StateBytesOptions][] = [
    ['of one stream', { positions: countUp(20) }],
    ['of the third of four streams', { positions: countUp(20), streamCount: 4, sequence: 2 }],
    ['without values', { positions: countUp(20), hasValues: false }],
    ['without layers', { positions: countUp(20), rowBytes: [] }],
    ['with a window', { positions: countUp(20), windowPositions: countUp(6, 14) }],
    [
      'of the second stream with a window',
      { positions: countUp(9), windowPositions: countUp(9), streamCount: 2, sequence: 1 },
    ],
  ];
  test.each(shapes)('%s is the same bytes again', (_name, options) => {
    const bytes = makeStateBytes(options);
    const place = { streamCount: options.streamCount ?? 1, sequence: options.sequence ?? 0 };
    for (const size of [1, 7, 20, 100]) expect(assembleState(cutAll(bytes, size), place)).toEqual(Buffer.from(bytes));
  });

  test('gives any shorter prefix as if it had been saved alone', () => {
    const blocks = cutAll(makeStateBytes({ positions: countUp(20) }), 5);
    const expected = Buffer.from(makeStateBytes({ positions: countUp(10) }));
    expect(assembleState(blocks.slice(0, 2), { streamCount: 1 })).toEqual(expected);
  });

  test('moves to another sequence and another number of streams', () => {
    const blocks = cutAll(makeStateBytes({ positions: countUp(20), streamCount: 4, sequence: 3 }), 8);
    const expected = Buffer.from(makeStateBytes({ positions: countUp(20), streamCount: 2, sequence: 1 }));
    expect(assembleState(blocks, { streamCount: 2, sequence: 1 })).toEqual(expected);
  });

  test('brings cells that lie in any order into the order of their positions', () => {
    const scattered = makeStateBytes({ positions: [4, 5, 6, 0, 1, 2, 3, 8, 7] });
    const ordered = Buffer.from(makeStateBytes({ positions: countUp(9) }));
    expect(assembleState(cutAll(scattered, 4), { streamCount: 1 })).toEqual(ordered);
  });

  test('gives the window only with the block that ends the state', () => {
    const blocks = cutAll(makeStateBytes({ positions: countUp(20), windowPositions: countUp(6, 14) }), 8);
    expect(blocks.map(({ window }) => window?.start)).toEqual([undefined, undefined, 14]);
  });

  test('refuses blocks of different layouts', () => {
    const [first] = cutAll(makeStateBytes({ positions: countUp(4) }), 4);
    const [other] = cutAll(makeStateBytes({ positions: countUp(4), rowBytes: [4, 3] }), 4);
    expect(first && other && assembleState([first, other], { streamCount: 1 })).toBeUndefined();
  });
});

describe('a state that cannot be cut', () => {
  const cases: [string, StateBytesOptions][] = [
    ['transposed values', { positions: countUp(4), isTransposed: true }],
    ['a gap in the positions', { positions: [0, 1, 3] }],
    ['a position twice', { positions: [0, 1, 1] }],
    ['a negative position', { positions: [-5, 0, 1] }],
    ['a beginning that is gone', { positions: [2, 3, 4] }],
    ['no cells', { positions: [] }],
    ['a window that ends elsewhere', { positions: countUp(9), windowPositions: countUp(3, 2) }],
  ];
  test.each(cases)('%s is not read', (_name, options) => {
    expect(readSequenceState(makeStateBytes(options))).toBeUndefined();
  });

  test('cells of other sequences, or of two, are not read', () => {
    const bytes = makeStateBytes({ positions: countUp(4) });
    expect(readSequenceState(withUint32(bytes, 24, 7))).toBeUndefined();
    expect(readSequenceState(withUint32(bytes, 20, 2))).toBeUndefined();
  });

  test('nothing shorter or longer is read', () => {
    const bytes = makeStateBytes({ positions: countUp(5), windowPositions: countUp(2, 3), streamCount: 2 });
    const withoutWindow = makeStateBytes({ positions: countUp(5), streamCount: 2 }).length;
    for (let length = 0; length < bytes.length; length++) {
      const state = readSequenceState(bytes.subarray(0, length));
      expect(state === undefined || length === withoutWindow, `${length} bytes`).toBe(true);
    }
    expect(readSequenceState(Uint8Array.from([...bytes, 0]))).toBeUndefined();
  });

  test('numbers no memory could hold are refused, and no bytes at all make it throw', () => {
    const bytes = makeStateBytes({ positions: countUp(4) });
    const random = createRandom(22);
    for (let trial = 0; trial < 3000; trial++) {
      const damaged = withUint32(
        bytes,
        random.below(bytes.length - 3),
        random.pick([0xffffffff, 0x7fffffff, 0, 1, 255]),
      );
      expect(() => readSequenceState(damaged)).not.toThrow();
    }
  });
});

function withUint32(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(offset, value, true);
  return changed;
}
