import { describe, expect, test } from 'vitest';
import { logprobsOf, resolveSequenceBreakers } from '#main/decoding/index.ts';
import { exponential } from '#main/decoding/sampling/exponential.ts';
import { MersenneTwister } from '#main/decoding/sampling/mersenne-twister.ts';
import { createRandom } from '#test/support/random.ts';

describe('MersenneTwister', () => {
  test('gives the numbers that the C++ standard demands of mt19937', () => {
    const draws = new MersenneTwister(5489);
    expect(draws.nextUint32()).toBe(3_499_211_612);
    for (let draw = 2; draw < 10_000; draw++) draws.nextUint32();
    expect(draws.nextUint32()).toBe(4_123_659_995);
  });

  test('a clone goes on with the same numbers, in the middle of a block too', () => {
    const draws = new MersenneTwister(1);
    for (let draw = 0; draw < 1000; draw++) draws.nextUint32();
    const clone = draws.clone();
    const expected = Array.from({ length: 700 }, () => draws.nextDouble());
    expect(Array.from({ length: 700 }, () => clone.nextDouble())).toEqual(expected);
  });

  test('fractions are at least 0 and below 1, and spread evenly', () => {
    const draws = new MersenneTwister(7);
    let sum = 0;
    for (let draw = 0; draw < 20_000; draw++) {
      const double = draws.nextDouble();
      const single = draws.nextFloat();
      expect(double >= 0 && double < 1 && single >= 0 && single < 1).toBe(true);
      sum += double + single;
    }
    expect(sum / 40_000).toBeCloseTo(0.5, 2);
  });
});

describe('exponential', () => {
  test('equals Math.exp to ten digits below 0', () => {
    const random = createRandom(1);
    for (let round = 0; round < 20_000; round++) {
      const x = -random.next() * 10 ** (random.below(5) - 1);
      if (x > -700) expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-10);
    }
    expect(exponential(0)).toBe(1);
  });

  test('is 0 for what is out of reach', () => {
    expect([-701, -1e9, -Infinity].map(exponential)).toEqual([0, 0, 0]);
  });
});

describe('logprobsOf', () => {
  test('equals the textbook log-softmax', () => {
    const random = createRandom(3);
    for (const size of [1, 2, 9, 1000]) {
      const scores = Float32Array.from({ length: size }, () => random.next() * 30 - 10);
      const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
      const expected = Array.from(scores, (score, token) => ({ token, logprob: score - total })).sort(
        (left, right) => right.logprob - left.logprob,
      );
      const token = random.below(size);
      const found = logprobsOf(scores, token, 20);
      expect(found.logprob).toBeCloseTo((scores[token] ?? 0) - total, 6);
      expect(found.top.map((entry) => entry.token)).toEqual(expected.slice(0, 20).map((entry) => entry.token));
      for (const [place, entry] of found.top.entries())
        expect(entry.logprob).toBeCloseTo(expected[place]?.logprob ?? 0, 6);
    }
  });

  test('no top tokens are listed when none is wanted', () => {
    expect(logprobsOf(Float32Array.of(0, 0), 1, 0)).toEqual({ logprob: -Math.log(2), top: [] });
  });

  test('a forbidden token has no chance', () => {
    expect(logprobsOf(Float32Array.of(0, -Infinity), 1, 2)).toEqual({
      logprob: -Infinity,
      top: [
        { token: 0, logprob: 0 },
        { token: 1, logprob: -Infinity },
      ],
    });
  });

  test('a score that is no number is named', () => {
    expect(() => logprobsOf(Float32Array.of(0, NaN), 0, 1)).toThrow("The model's score of token 1 is NaN");
  });
});

describe('resolveSequenceBreakers', () => {
  const words = ['a', 'b', 'ab', 'cab', 'x', 'bxa', 'é', '\u00c3'];
  const encoder = new TextEncoder();
  const vocabulary = {
    size: words.length,
    bytesOf: (token: number) => (token === 7 ? Uint8Array.of(0xc3) : encoder.encode(words[token])),
    tokenize: (text: string) => Array.from(text, (character) => words.indexOf(character)),
  };

  test('a token that holds the text is a breaker of its own', () => {
    expect(resolveSequenceBreakers(['x'], vocabulary)).toEqual([[4], [5]]);
  });

  test('a token that holds the text is nothing else, even when it also ends as the text begins', () => {
    expect(resolveSequenceBreakers(['aa'], { ...vocabulary, size: 1, bytesOf: () => encoder.encode('aaa') })).toEqual([
      [0],
    ]);
  });

  test('a token that ends as the text begins is followed by the tokens of the rest', () => {
    expect(resolveSequenceBreakers(['bx'], vocabulary)).toEqual([[1, 4], [2, 4], [3, 4], [5]]);
    expect(resolveSequenceBreakers(['abx'], vocabulary)).toEqual([
      [0, 1, 4],
      [2, 4],
      [3, 4],
      [5, 1, 4],
    ]);
  });

  test('a character cut in two tokens is found by its first byte', () => {
    expect(resolveSequenceBreakers(['é'], vocabulary).map(([head]) => head)).toEqual([6, 7]);
  });

  test('each sequence is listed once, and an empty text breaks nothing', () => {
    expect(resolveSequenceBreakers(['x', 'x', ''], vocabulary)).toEqual([[4], [5]]);
  });
});
