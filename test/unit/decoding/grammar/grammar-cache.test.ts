import { describe, expect, test } from 'vitest';
import { ByteBoundedCache } from '#main/decoding/grammar/byte-bounded-cache.ts';
import { GrammarCache, TokenTrie } from '#main/decoding/grammar/index.ts';
import { wordVocabulary } from '#test/support/word-vocabulary.ts';

const vocabulary = wordVocabulary(['ab', 'abc', 'abc', 'b']);

describe('GrammarCache', () => {
  test('compiles a text once: its masks are shared', () => {
    const cache = new GrammarCache(new TokenTrie(vocabulary));
    const mask = cache.constraint('root ::= "abc"').allowedMask();
    expect(cache.constraint('root ::= "abc"').allowedMask()).toBe(mask);
  });

  test('drops what was not used for longest beyond its budget', () => {
    const cache = new GrammarCache(new TokenTrie(vocabulary), { maxBytes: 1 });
    const mask = cache.constraint('root ::= "abc"').allowedMask();
    cache.constraint('root ::= "b"');
    const again = cache.constraint('root ::= "abc"').allowedMask();
    expect([again === mask, again]).toEqual([false, mask]);
  });

  test('throws for a grammar that cannot be read', () => {
    const cache = new GrammarCache(new TokenTrie(vocabulary));
    expect(() => cache.constraint('root ::= x')).toThrow(/line 1, column 10/);
  });
});

describe('ByteBoundedCache', () => {
  test('keeps the most recently used within its budget, and the newest whatever its size', () => {
    const cache = new ByteBoundedCache<string, number>(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 4);
    cache.get('a');
    cache.set('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.byteSize]).toEqual([1, undefined, 3, 8]);
    cache.set('d', 4, 100);
    expect([cache.get('a'), cache.get('d'), cache.byteSize]).toEqual([undefined, 4, 100]);
    cache.set('d', 5, 1);
    expect([cache.get('d'), cache.byteSize]).toEqual([5, 1]);
  });
});

describe('TokenTrie', () => {
  const trie = new TokenTrie(vocabulary);

  test('finds the beginnings of tokens', () => {
    expect(trie.find(Buffer.from('ab'))).toBeGreaterThan(0);
    expect(trie.find(Buffer.from('abcd'))).toBe(-1);
    expect(trie.longestToken).toBe(3);
  });

  test('holds tokens with equal texts, leaves out special ones', () => {
    const texts = [...trie.tokens].map((token) => Buffer.from(trie.bytesOf(token)).toString('latin1'));
    expect(texts.filter((text) => text === 'abc')).toHaveLength(2);
    expect(texts).toHaveLength(256 + 4);
    expect(trie.bytesOf(0)).toHaveLength(0);
    expect(trie.endTokens).toEqual([0]);
  });

  test('orders tokens by their bytes', () => {
    const texts = [...trie.tokens].map((token) => Buffer.from(trie.bytesOf(token)).toString('latin1'));
    expect(texts).toEqual([...texts].sort());
  });
});
