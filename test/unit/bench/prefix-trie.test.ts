import { expect, test } from 'vitest';
import { PrefixTrie } from '#scripts/bench/prefix-trie.ts';

test('a beginning is counted once, however many rows have it', () => {
  const trie = new PrefixTrie();
  trie.add([1, 2, 3]);
  trie.add([1, 2, 4, 5]);
  trie.add([1, 2]);
  expect(trie.size).toBe(5);
  trie.add([2, 3]);
  expect(trie.size).toBe(7);
});

test('the common length is that with the closest earlier row', () => {
  const trie = new PrefixTrie();
  expect(trie.commonLength([1, 2])).toBe(0);
  trie.add([1, 2, 3]);
  trie.add([1, 9]);
  expect(trie.commonLength([1, 2, 4])).toBe(2);
  expect(trie.commonLength([1, 9, 9, 9])).toBe(2);
  expect(trie.commonLength([1, 2, 3])).toBe(3);
  expect(trie.commonLength([3])).toBe(0);
});

test('what the model wrote is told from what it was told, as long as it is known', () => {
  const trie = new PrefixTrie();
  trie.add([1, 2, 3, 4], 2);
  expect(trie.countGenerated([1, 2, 3, 4, 9], 0)).toBe(2);
  expect(trie.countGenerated([1, 2, 3, 4, 9], 3)).toBe(1);
  expect(trie.countGenerated([1, 2, 9], 0)).toBe(0);
});
