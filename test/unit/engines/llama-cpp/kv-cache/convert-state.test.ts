import { expect, test } from 'vitest';
import { toStreamCount } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { countUp, makeStateBytes } from '#test/support/sequence-state-bytes.ts';

test.each([
  ['rows', { positions: countUp(20) }],
  ['rows without values', { positions: countUp(20), hasValues: false }],
  ['a window', { positions: countUp(20), windowPositions: countUp(6, 14) }],
])('%s of the third of four streams become those of a lone one, and back', (_name, options) => {
  const third = makeStateBytes({ ...options, streamCount: 4, sequence: 2 });
  const lone = Buffer.from(makeStateBytes(options));
  expect(toStreamCount(third, { from: 4, to: 1 })).toEqual(lone);
  // The library loads a state into any sequence; ours are written for the first.
  const first = Buffer.from(makeStateBytes({ ...options, streamCount: 4, sequence: 0 }));
  expect(toStreamCount(lone, { from: 1, to: 4 })).toEqual(first);
});

test('cells that lie in any order come into the order of their positions', () => {
  const scattered = makeStateBytes({ positions: [4, 5, 6, 0, 1, 2, 3, 8, 7], streamCount: 2, sequence: 1 });
  expect(toStreamCount(scattered, { from: 2, to: 1 })).toEqual(Buffer.from(makeStateBytes({ positions: countUp(9) })));
});

test('what is not understood moves only into a context like its own', () => {
  const transposed = makeStateBytes({ positions: countUp(9), isTransposed: true, streamCount: 2 });
  expect(toStreamCount(transposed, { from: 2, to: 1 })).toBeUndefined();
  expect(toStreamCount(transposed, { from: 2, to: 2 })).toBe(transposed);
});
