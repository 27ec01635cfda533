import { describe, expect, test } from 'vitest';
import { GrammarMatcher, parseGrammar } from '#main/decoding/grammar/index.ts';
import { seededRandom } from '#scripts/bench/statistics.ts';
import { deriveText, judge, randomPieces, randomText, toGbnf, type Pieces } from '#test/support/gbnf-reference.ts';

const encoder = new TextEncoder();

/** How the grammar takes a text: whole, as a beginning, or the index of the first byte that is refused. */
function take(grammar: string, text: string): 'whole' | 'beginning' | number {
  const matcher = new GrammarMatcher(parseGrammar(grammar));
  for (const [index, byte] of encoder.encode(text).entries()) {
    if (!matcher.accept(Uint8Array.of(byte))) return index;
  }
  return matcher.canEnd ? 'whole' : 'beginning';
}

function forced(grammar: string, text = ''): string {
  const matcher = new GrammarMatcher(parseGrammar(grammar));
  expect(matcher.accept(encoder.encode(text))).toBe(true);
  return new TextDecoder().decode(matcher.forcedBytes());
}

describe('GrammarMatcher', () => {
  test('reads literals, escapes and code points beyond ASCII', () => {
    expect(take(String.raw`root ::= "a\n\t\"\\\x41é\U0001F600"`, 'a\n\t"\\Aé😀')).toBe('whole');
    expect(take('root ::= "aé"', 'aè')).toBe(2);
  });

  test('reads classes, ranges and negation by code points', () => {
    expect(take('root ::= [a-cx]+', 'abcx')).toBe('whole');
    expect(take('root ::= [^a-c]', 'é')).toBe('whole');
    expect(take('root ::= [^a-c]', 'b')).toBe(0);
    expect(take('root ::= [à-ü]', 'é')).toBe('whole');
    expect(take('root ::= [à-ü]', 'ý')).toBe(1);
    expect(take(String.raw`root ::= [\]\-\\]{3}`, ']-\\')).toBe('whole');
    expect(take('root ::= .', '\n')).toBe('whole');
  });

  test('refuses bytes that are no UTF-8', () => {
    const matcher = new GrammarMatcher(parseGrammar('root ::= [^a]*'));
    for (const bytes of [[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff]]) {
      expect(matcher.allows(Uint8Array.from(bytes))).toBe(false);
    }
    expect(matcher.allows(Uint8Array.of(0xf4, 0x8f, 0xbf, 0xbf))).toBe(true);
  });

  test('counts repetitions exactly, however many', () => {
    expect(take('root ::= "ab"{2,3}', 'abab')).toBe('whole');
    expect(take('root ::= "ab"{2,3}', 'abababab')).toBe(6);
    expect(take('root ::= [a-z]{0,2000} "."', `${'x'.repeat(2000)}.`)).toBe('whole');
    expect(take('root ::= [a-z]{0,2000} "."', 'x'.repeat(2001))).toBe(2000);
    expect(take('root ::= ([a-z]{3} ","){2,}', 'abc,abc,abc,')).toBe('whole');
    expect(take('root ::= ([a-z]{3} ","){2,}', 'abc,')).toBe('beginning');
    expect(take('root ::= (("a"?){3}){2} "b"', 'aaaaaab')).toBe('whole');
    expect(take('root ::= (("a"?){3}){2} "b"', 'aaaaaaab')).toBe(6);
  });

  test('follows recursion of any depth', () => {
    const grammar = 'root ::= "(" root ")" | "x"';
    expect(take(grammar, `${'('.repeat(500)}x${')'.repeat(500)}`)).toBe('whole');
    expect(take(grammar, `${'('.repeat(500)}x${')'.repeat(501)}`)).toBe(1001);
  });

  test('a refused text leaves the place as it was', () => {
    const matcher = new GrammarMatcher(parseGrammar('root ::= "abc"'));
    expect(matcher.accept(encoder.encode('ax'))).toBe(false);
    expect(matcher.accept(encoder.encode('abc'))).toBe(true);
    expect([matcher.canEnd, matcher.mustEnd]).toEqual([true, true]);
  });

  test('a copy goes its own way', () => {
    const matcher = new GrammarMatcher(parseGrammar('root ::= "a" ("b" | "c")'));
    matcher.accept(encoder.encode('a'));
    const copy = matcher.clone();
    expect(copy.accept(encoder.encode('b'))).toBe(true);
    expect(matcher.accept(encoder.encode('c'))).toBe(true);
  });

  test('names the bytes that have to come', () => {
    expect(forced('root ::= "{\\"name\\": " ("alpha" | "alpine") "}"')).toBe('{"name": alp');
    expect(forced('root ::= "{\\"name\\": " ("alpha" | "alpine") "}"', '{"name": alpi')).toBe('ne}');
    expect(forced('root ::= "ab" "c"?')).toBe('ab');
    expect(forced('root ::= [a-z]')).toBe('');
  });

  test('leaves out alternatives that can never be completed', () => {
    expect(take('root ::= "a" endless | "b"\nendless ::= "x" endless', 'a')).toBe(0);
    expect(forced('root ::= "a" endless | "bc"\nendless ::= "x" endless')).toBe('bc');
  });

  test('agrees with a simple judge on every beginning of random texts of random grammars', { timeout: 120_000 }, () => {
    const random = seededRandom(20);
    let compared = 0;
    for (let round = 0; round < 4000; round++) {
      const pieces = randomPieces(random);
      const grammar = parseUnlessLeftRecursive(toGbnf(pieces));
      if (!grammar) continue;
      for (let sample = 0; sample < 8; sample++) compared += compare(pieces, new GrammarMatcher(grammar), random);
    }
    expect(compared).toBeGreaterThan(20_000);
  });
});

function compare(pieces: Pieces, matcher: GrammarMatcher, random: () => number): number {
  const derived = deriveText(pieces, random).slice(0, 14);
  const text = random() < 0.5 ? derived : [...derived.slice(0, Math.floor(random() * 6)), ...randomText(random, 6)];
  for (let length = 0; length <= text.length; length++) {
    const { isWhole, isBeginning } = judge(pieces, text.slice(0, length));
    const isRead = length === 0 || matcher.accept(encoder.encode(text[length - 1]));
    const found = { isWhole: isRead && matcher.canEnd, isBeginning: isRead };
    expect(found, `${toGbnf(pieces)}\n${text.slice(0, length).join('')}`).toEqual({ isWhole, isBeginning });
    if (!isRead) return length;
  }
  return text.length;
}

function parseUnlessLeftRecursive(text: string) {
  try {
    return parseGrammar(text);
  } catch (error) {
    expect(String(error)).toContain('left recursion');
    return undefined;
  }
}
