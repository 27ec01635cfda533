import { describe, expect, test } from 'vitest';
import { GrammarCache, TokenTrie, parseGrammar, type TokenConstraint } from '#main/decoding/grammar/index.ts';
import { seededRandom } from '#scripts/bench/statistics.ts';
import { benchGrammars } from '#scripts/bench/bench-grammars.ts';
import { randomPieces, toGbnf } from '#test/support/gbnf-reference.ts';
import { longestWords, wordVocabulary } from '#test/support/word-vocabulary.ts';

const words = [
  '{"', '":', '": ', '": "', '",', ', ', ', "', '"}', '"}}', '}', ' "', ' ""', '"a', 'name', 'na', 'value-', 'alpha', 'alp',
  'ab', 'abc', 'abcabc', 'abcabcabcabc', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'é', 'é"', '😀', 'aé', '\\u00', '\\"', '[[', ']]', '], [',
  'true', 'false', '12', '12.5', 'e+', ' ', '  ', '\n', 'b"', 'bc"',
]; // prettier-ignore
const vocabulary = wordVocabulary(words);
const trie = new TokenTrie(vocabulary);

function constrain(grammar: string): TokenConstraint {
  return new GrammarCache(trie).constraint(grammar);
}

function acceptText(constraint: TokenConstraint, text: string): TokenConstraint {
  for (const byte of Buffer.from(text)) constraint.accept(vocabulary.size - 256 + byte);
  return constraint;
}

function allowedTokens(mask: Uint32Array): number[] {
  return [...Array(vocabulary.size).keys()].filter((token) => ((mask[token >>> 5] ?? 0) >>> (token & 31)) & 1);
}

function forcedTexts(grammar: string, text = ''): string[] {
  const constraint = acceptText(constrain(grammar), text);
  const tokens = constraint.forcedTokens((forced) => longestWords(vocabulary, forced));
  return [...tokens].map((token) => Buffer.from(vocabulary.bytesOf(token)).toString());
}

describe('TokenConstraint', () => {
  test('allows exactly the tokens that keep the text within the grammar', () => {
    const constraint = constrain('root ::= "abc"{1,2} ("é" | "\\"")');
    const texts = allowedTokens(constraint.allowedMask()).map((token) =>
      Buffer.from(vocabulary.bytesOf(token)).toString(),
    );
    expect(texts).toEqual(['ab', 'abc', 'abcabc', 'a']);
  });

  test('follows code points that are cut by token borders', () => {
    const constraint = acceptText(constrain('root ::= [à-ü] "."'), '');
    const first = vocabulary.size - 256 + 0xc3;
    expect(constraint.allows(first)).toBe(true);
    constraint.accept(first);
    expect(allowedTokens(constraint.allowedMask())).toHaveLength(0xbc - 0xa0 + 1);
    expect(constraint.forcedTokens((text) => longestWords(vocabulary, text))).toHaveLength(0);
  });

  test('allows the end where the grammar may end, special tokens never', () => {
    const constraint = constrain('root ::= "a"+');
    expect([constraint.allows(0), constraint.allows(1)]).toEqual([false, false]);
    acceptText(constraint, 'a');
    expect([constraint.allows(0), constraint.canEnd, constraint.mustEnd]).toEqual([true, true, false]);
    expect(allowedTokens(constraint.allowedMask())).toContain(0);
    constraint.accept(0);
    expect([constraint.mustEnd, allowedTokens(constraint.allowedMask()).length]).toEqual([true, 0]);
  });

  test('throws for a token that is not allowed and stays where it was', () => {
    const constraint = constrain('root ::= "abc"');
    expect(() => { constraint.accept(vocabulary.tokenOf('é')); }).toThrow(/not allowed by the grammar/); // prettier-ignore
    expect(() => { constraint.accept(0); }).toThrow(/not allowed by the grammar/); // prettier-ignore
    constraint.accept(vocabulary.tokenOf('abc'));
    expect(constraint.mustEnd).toBe(true);
  });

  test('a copy goes its own way', () => {
    const constraint = acceptText(constrain('root ::= "a" ("b" | "c")'), 'a');
    const copy = constraint.clone();
    acceptText(copy, 'b');
    acceptText(constraint, 'c');
    expect([copy.mustEnd, constraint.mustEnd]).toEqual([true, true]);
  });

  test('keeps what long tokens mean for counters near their end', () => {
    const constraint = constrain('root ::= "\\"" [a-c]{0,40} "\\""');
    acceptText(constraint, '"');
    const long = vocabulary.tokenOf('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect([constraint.allows(long), allowedTokens(constraint.allowedMask()).includes(long)]).toEqual([true, true]);
    acceptText(constraint, 'aaaaa');
    expect([constraint.allows(long), allowedTokens(constraint.allowedMask()).includes(long)]).toEqual([false, false]);
  });
});

describe('masks', () => {
  test.each(Object.keys(benchGrammars))('equal the single answers on random walks: %s', (name) => {
    const random = seededRandom(5);
    const cache = new GrammarCache(trie);
    for (let walk = 0; walk < 12; walk++) walkAndCompare(cache.constraint(benchGrammars[name] ?? ''), random, 60);
  });

  test.each([
    ['a rule that may end anywhere', 'root ::= (word "," | word "é" | "[" word)+\nword ::= [a-c]*'],
    ['a rule that ends after a count', 'root ::= (tag "\\"" | tag "é")+\ntag ::= [a-c]{2,20}'],
    ['a rule that ends after a least count', 'root ::= (tag "\\"" | "[" tag)+\ntag ::= [a-c]{5,}'],
    ['counts in counts', 'root ::= (tag "\\"" | "[" tag){1,9}\ntag ::= ([a-c]{2,3} "b"?){1,7}'],
    ['recursion to both sides', 'root ::= "a" root "b" | "ab" root "c" | "é"'],
    [
      'the same text by several rules',
      'root ::= (one | two | one two)* "]]"\none ::= "a" [a-c]* "["\ntwo ::= [ab]* "[" "a"*',
    ],
  ])('equal the single answers where rules end: %s', (_, grammar) => {
    const random = seededRandom(6);
    const constraint = constrain(grammar);
    for (let walk = 0; walk < 40; walk++) walkAndCompare(constraint.clone(), random, 30);
  });

  test('equal the single answers for random grammars', () => {
    const random = seededRandom(8);
    let grammars = 0;
    for (let round = 0; round < 400; round++) {
      const text = toGbnf(randomPieces(random));
      if (!isUsable(text)) continue;
      grammars++;
      walkAndCompare(constrain(text), random, 8);
    }
    expect(grammars).toBeGreaterThan(50);
  });
});

describe('forced tokens', () => {
  const grammar = String.raw`root ::= "{\"name\": \"" ("alpha" | "alp" [a-c]) "\"}"`;

  test('are those of the tokenizer, up to the last border that stands', () => {
    // ` ""` and `"a` could join the end with what follows, but the grammar has no quote and no other letter there.
    expect(forcedTexts(String.raw`root ::= "{\"name\": \"" [b-c] "\"}"`)).toEqual(['{"', 'name', '": "']);
    // `alpha` reaches over the end of `alp`.
    expect(forcedTexts(grammar)).toEqual(['{"', 'name', '": "']);
  });

  test('leave out a token that could join what follows', () => {
    expect(forcedTexts(String.raw`root ::= "{\"name\"" (":" | ": " [a-c]) "}"`)).toEqual(['{"', 'name']);
    expect(forcedTexts(String.raw`root ::= "name, " ("\"" | "x") "!"`)).toEqual(['name']);
  });

  test('are complete where nothing may follow', () => {
    expect(forcedTexts(grammar, '{"name": "alpha')).toEqual(['"}']);
    expect(forcedTexts('root ::= "name" "  "')).toEqual(['name', '  ']);
  });

  test('keep away from spaces at the end', () => {
    expect(forcedTexts('root ::= "name" "  " [x-z]')).toEqual(['name']);
  });

  test('are none where there is a choice or the text may end', () => {
    expect(forcedTexts('root ::= [a-c]')).toEqual([]);
    expect(forcedTexts('root ::= "a"?')).toEqual([]);
  });

  test('stop where the tokenizer writes another text', () => {
    const constraint = constrain('root ::= "name"');
    const other = constraint.forcedTokens(() => Uint32Array.of(vocabulary.tokenOf('na'), vocabulary.tokenOf('ab')));
    expect([...other]).toEqual([vocabulary.tokenOf('na')]);
  });
});

function walkAndCompare(constraint: TokenConstraint, random: () => number, steps: number): void {
  for (let step = 0; step < steps; step++) {
    const mask = constraint.allowedMask();
    const allowed = [...Array(vocabulary.size).keys()].filter((token) => constraint.allows(token));
    expect(allowedTokens(mask)).toEqual(allowed);
    const token = allowed[Math.floor(random() * allowed.length)];
    if (token === undefined || token === 0) return;
    constraint.accept(token);
  }
}

function isUsable(grammar: string): boolean {
  try {
    parseGrammar(grammar);
    return true;
  } catch {
    return false;
  }
}
