import { describe, expect, test } from 'vitest';
import { findTokenBreak } from '#main/engines/llama-cpp/prefix-break.ts';

const count = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => from + index);
const find = (held: number[], prompt: number[]) => {
  let common = 0;
  while (common < held.length && held[common] === prompt[common]) common++;
  return findTokenBreak(Uint32Array.from(held), Uint32Array.from(prompt), common);
};

describe('a changed value inside a prompt', () => {
  test.each([
    { name: 'one token for another', before: [900], now: [901], heldEnd: 21, promptEnd: 21 },
    { name: 'longer than before', before: [900], now: [901, 902, 903], heldEnd: 21, promptEnd: 23 },
    { name: 'put in', before: [], now: [901, 902], heldEnd: 20, promptEnd: 22 },
    { name: 'left out', before: [900, 904], now: [], heldEnd: 22, promptEnd: 20 },
  ])('is found: $name', ({ before, now, heldEnd, promptEnd }) => {
    const head = count(20);
    const tail = count(300, 100);
    expect(find([...head, ...before, ...tail], [...head, ...now, ...tail, 7, 8])).toEqual({
      position: 20,
      heldEnd,
      promptEnd,
      lostTokens: 300,
    });
  });

  test('near the beginning is found too, where enough behind it is the same', () => {
    const head = count(3);
    expect(find([...head, 900, ...count(64, 100)], [...head, 901, ...count(64, 100)])?.lostTokens).toBe(64);
    expect(find([...head, 900, ...count(63, 100)], [...head, 901, ...count(63, 100)])).toBeUndefined();
  });

  test('another question is none', () => {
    expect(find([...count(200), ...count(90, 500)], [...count(200), ...count(90, 700)])).toBeUndefined();
  });

  test('two strangers and a plain continuation have none', () => {
    expect(find(count(100, 1), count(100, 900))).toBeUndefined();
    expect(find(count(100), [...count(100), 7, 8, 9])).toBeUndefined();
    expect(find([...count(100), 7, 8, 9], count(100))).toBeUndefined();
  });

  test('a meeting of a few tokens is an accident', () => {
    const head = count(50);
    expect(find([...head, 900, ...count(15, 100), 1], [...head, 901, ...count(15, 100), 2])).toBeUndefined();
    expect(find([...head, 900, ...count(16, 100), 1], [...head, 901, ...count(16, 100), 2])?.lostTokens).toBe(16);
  });
});
