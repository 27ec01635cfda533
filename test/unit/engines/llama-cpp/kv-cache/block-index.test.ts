import { describe, expect, test } from 'vitest';
import { BlockIndex } from '#main/engines/llama-cpp/kv-cache/block-index.ts';
import type { CacheEntry } from '#main/engines/llama-cpp/kv-cache/cache-entry.ts';
import { toChainKey, toRootKey, type EntryKind } from '#main/engines/llama-cpp/kv-cache/chain-key.ts';
import { countTokens } from '#test/support/sequence-state-bytes.ts';

const root = toRootKey('model', 'someone');
const layout = { keys: [], values: [] };

interface EntryOptions {
  parent?: string;
  kind?: EntryKind;
  from?: number;
  needsWindow?: boolean;
  hasWindow?: boolean;
}

function makeEntry(tokens: Uint32Array, options: EntryOptions = {}): CacheEntry {
  const { parent = root, kind = 'block', from = 0, needsWindow = false, hasWindow = false } = options;
  const window = hasWindow ? { start: 0, count: 1, layout } : undefined;
  const shape = { type: 'rows', layout, window } as const;
  const key = toChainKey(parent, kind, tokens);
  return { key, parent, kind, identity: '', from, tokens, shape, needsWindow, payloadBytes: 0 };
}

/** Adds the chain of `tokens`: full blocks and a tail. */
function addChain(index: BlockIndex, tokens: Uint32Array, options: EntryOptions = {}): CacheEntry[] {
  const chain: CacheEntry[] = [];
  for (let from = 0; from < tokens.length; from += 256) {
    const own = tokens.slice(from, from + 256);
    const kind = own.length === 256 ? 'block' : 'tail';
    chain.push(makeEntry(own, { ...options, parent: chain.at(-1)?.key ?? root, kind, from }));
  }
  for (const entry of chain) index.add(entry);
  return chain;
}

const join = (...parts: Uint32Array[]): Uint32Array => Uint32Array.from(parts.flatMap((part) => [...part]));

describe('the longest prefix', () => {
  test('is nothing in an empty index', () => {
    expect(new BlockIndex().longestPrefix(root, countTokens(1000))).toEqual({ length: 0, parts: [] });
  });

  test('reaches to the last token of a held conversation, through its tail', () => {
    const index = new BlockIndex();
    addChain(index, countTokens(600));
    const found = index.longestPrefix(root, join(countTokens(600), countTokens(50, 9000)));
    expect(found.length).toBe(600);
    expect(found.parts.map(({ tokenCount }) => tokenCount)).toEqual([256, 256, 88]);
  });

  test('ends within a block where the prompt goes another way', () => {
    const index = new BlockIndex();
    addChain(index, countTokens(600));
    const found = index.longestPrefix(root, join(countTokens(300), countTokens(400, 9000)));
    expect(found.length).toBe(300);
    expect(found.parts.map(({ tokenCount }) => tokenCount)).toEqual([256, 44]);
  });

  test('takes the branch that shares most', () => {
    const index = new BlockIndex();
    for (const shared of [280, 320, 300]) addChain(index, join(countTokens(shared), countTokens(300, shared * 1000)));
    expect(index.longestPrefix(root, countTokens(700)).length).toBe(320);
  });

  test('stops at a gap', () => {
    const index = new BlockIndex();
    const chain = addChain(index, countTokens(1024));
    index.remove(chain[1]?.key ?? '');
    expect(index.longestPrefix(root, countTokens(1024)).length).toBe(256);
  });

  test('never leaves its namespace or its model', () => {
    const index = new BlockIndex();
    addChain(index, countTokens(600));
    expect(index.longestPrefix(toRootKey('model', 'someone else'), countTokens(600)).length).toBe(0);
    expect(index.longestPrefix(toRootKey('other model', 'someone'), countTokens(600)).length).toBe(0);
  });

  test('with a sliding window ends only where a window is held', () => {
    const index = new BlockIndex();
    const chain = addChain(index, countTokens(512), { needsWindow: true });
    const windowed = { needsWindow: true, hasWindow: true, kind: 'tail' } as const;
    index.add(makeEntry(countTokens(40, 257), { ...windowed, parent: chain[0]?.key ?? '', from: 256 }));
    expect(index.longestPrefix(root, countTokens(700)).length).toBe(296);
    expect(index.longestPrefix(root, countTokens(290)).length).toBe(0);
    index.add(makeEntry(new Uint32Array(0), { ...windowed, parent: chain[1]?.key ?? '', from: 512 }));
    expect(index.longestPrefix(root, countTokens(700)).length).toBe(512);
    expect(index.sharedLength(root, countTokens(290))).toBe(290);
  });
});

test('what was removed has no children left behind it', () => {
  const index = new BlockIndex();
  const [first, second] = addChain(index, countTokens(512));
  expect(index.childrenOf(first?.key ?? '')).toEqual([second]);
  index.remove(second?.key ?? '');
  expect(index.childrenOf(first?.key ?? '')).toEqual([]);
  expect(index.size).toBe(1);
});

test('a look-up in 4,000 blocks costs one hash per block of the prompt', () => {
  const index = new BlockIndex();
  for (let conversation = 0; conversation < 50; conversation++) {
    addChain(index, join(countTokens(256 * 40), countTokens(256 * 40, conversation * 100_000 + 1)));
  }
  const prompt = join(countTokens(256 * 40), countTokens(256 * 40, 7 * 100_000 + 1), countTokens(100, 5));
  const startedAt = performance.now();
  for (let round = 0; round < 20; round++) expect(index.longestPrefix(root, prompt).length).toBe(256 * 80);
  expect((performance.now() - startedAt) / 20).toBeLessThan(25);
});
