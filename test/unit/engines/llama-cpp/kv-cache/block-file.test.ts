import { describe, expect, test } from 'vitest';
import { checksumOf, decodeHeader, encodeHeader } from '#main/engines/llama-cpp/kv-cache/block-file.ts';
import type { CacheEntry, EntryShape } from '#main/engines/llama-cpp/kv-cache/cache-entry.ts';
import { toChainKey, toRootKey } from '#main/engines/llama-cpp/kv-cache/chain-key.ts';
import { countTokens } from '#test/support/sequence-state-bytes.ts';

const layout = { keys: [{ type: 1, rowBytes: 384 }], values: [{ type: 1, rowBytes: 384 }] };
const rows: EntryShape = { type: 'rows', layout, window: undefined };

function makeEntry(kind: CacheEntry['kind'], shape: EntryShape, payloadBytes: number): CacheEntry {
  const parent = toRootKey('model', 'someone');
  const tokens = countTokens(kind === 'block' ? 256 : 40);
  const identity = 'ab'.repeat(32);
  const key = toChainKey(parent, kind === 'whole' ? 'whole 4' : kind, tokens);
  return { key, parent, kind, identity, from: 0, tokens, shape, needsWindow: false, payloadBytes };
}

describe('the header of a block file', () => {
  test.each([
    ['a block', makeEntry('block', rows, 256 * 768)],
    ['a tail', makeEntry('tail', rows, 40 * 768)],
    ['a tail with a window', makeEntry('tail', { ...rows, window: { start: 8, count: 32, layout } }, 72 * 768)],
    ['a whole state', makeEntry('whole', { type: 'opaque', streamCount: 4 }, 12_345)],
  ])('of %s is read as it was written', (_name, entry) => {
    const header = encodeHeader(entry, 77);
    expect(decodeHeader(header)).toEqual({ entry, payloadOffset: header.length, checksum: 77 });
  });

  test('is refused with any one bit turned', () => {
    const header = encodeHeader(makeEntry('block', rows, 256 * 768), 77);
    for (let bit = 0; bit < header.length * 8; bit++) {
      const changed = Buffer.from(header);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (decodeHeader(changed) !== undefined) expect.fail(`bit ${bit} does not matter`);
    }
  });

  test('is refused at any shorter length', () => {
    const header = encodeHeader(makeEntry('block', rows, 256 * 768), 77);
    for (let length = 0; length < header.length; length++) {
      if (decodeHeader(header.subarray(0, length)) !== undefined) expect.fail(`${length} bytes are enough`);
    }
  });

  test('is refused when its key is not that of its tokens, or its payload not that of its shape', () => {
    const entry = makeEntry('tail', rows, 40 * 768);
    expect(decodeHeader(encodeHeader({ ...entry, tokens: countTokens(40, 2) }, 0))).toBeUndefined();
    expect(decodeHeader(encodeHeader({ ...entry, payloadBytes: 41 * 768 }, 0))).toBeUndefined();
    expect(decodeHeader(encodeHeader({ ...entry, kind: 'block' }, 0))).toBeUndefined();
  });
});

test('the checksum of parts is that of the whole', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  expect(checksumOf([bytes.subarray(0, 33), new Uint8Array(0), bytes.subarray(33)])).toBe(checksumOf([bytes]));
});
