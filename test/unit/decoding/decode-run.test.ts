import { describe, expect, test } from 'vitest';
import { DecodeRun, type TokenPiece } from '#main/decoding/index.ts';
import { createRandom } from '#test/support/random.ts';

const piece = (text: string): TokenPiece => ({ bytes: new TextEncoder().encode(text), text });
const raw = (...bytes: number[]): TokenPiece => ({ bytes: Uint8Array.from(bytes), text: undefined });

describe('DecodeRun', () => {
  test('each token gives its text and its id', () => {
    const run = new DecodeRun({ stops: [] });
    expect(run.feed(5, piece('Hello'))).toEqual({ text: 'Hello', tokens: [5] });
    expect(run.feed(6, piece(' you'))).toEqual({ text: ' you', tokens: [6] });
    expect(run.finish()).toEqual({ text: '', tokens: [] });
  });

  test('tokens of one code point are reported together', () => {
    const run = new DecodeRun({ stops: [] });
    expect(run.feed(1, raw(0xe2))).toEqual({ text: '', tokens: [] });
    expect(run.feed(2, raw(0x82))).toEqual({ text: '', tokens: [] });
    expect(run.feed(3, raw(0xac))).toEqual({ text: '€', tokens: [1, 2, 3] });
  });

  test('whole text after an unfinished code point shows the fault before it', () => {
    const run = new DecodeRun({ stops: [] });
    run.feed(1, raw(0xe2));
    expect(run.feed(2, piece('a'))).toEqual({ text: '\ufffda', tokens: [1, 2] });
  });

  test('a stop text across tokens ends the run; tokens wholly inside it are not reported', () => {
    const run = new DecodeRun({ stops: ['STOP'] });
    expect(run.feed(1, piece('go ST'))).toEqual({ text: 'go ', tokens: [1] });
    expect(run.feed(2, piece('O'))).toEqual({ text: '', tokens: [] });
    expect(run.feed(3, piece('P!'))).toEqual({ text: '', tokens: [], stopText: 'STOP' });
  });

  test('text held for a stop text that did not come is released with its tokens', () => {
    const run = new DecodeRun({ stops: ['STOP'] });
    run.feed(1, piece('ST'));
    expect(run.feed(2, piece('AY'))).toEqual({ text: 'STAY', tokens: [1, 2] });
  });

  test('at the end everything held back comes out', () => {
    const run = new DecodeRun({ stops: ['STOP'] });
    run.feed(1, piece('a ST'));
    run.feed(2, raw(0xf0));
    expect(run.finish()).toEqual({ text: 'ST\ufffd', tokens: [2] });
  });

  test('the end itself can complete a stop text', () => {
    const run = new DecodeRun({ stops: ['\ufffd'] });
    run.feed(1, piece('a'));
    run.feed(2, raw(0xf0));
    expect(run.finish()).toEqual({ text: '', tokens: [], stopText: '\ufffd' });
  });

  test('a token without text is reported with the next text or at the end', () => {
    const run = new DecodeRun({ stops: [] });
    expect(run.feed(1, piece(''))).toEqual({ text: '', tokens: [] });
    expect(run.feed(2, piece('x'))).toEqual({ text: 'x', tokens: [1, 2] });
    run.feed(3, piece(''));
    expect(run.finish()).toEqual({ text: '', tokens: [3] });
  });

  test('without a stop text every token is reported exactly once, in order', () => {
    const random = createRandom(3);
    for (let round = 0; round < 500; round++) {
      const run = new DecodeRun({ stops: ['abcabd', 'zz'] });
      const reported: number[] = [];
      const texts: string[] = [];
      const count = random.below(20);
      for (let token = 0; token < count; token++) {
        const text = ['a', 'b', 'c', 'ab', '', 'é'][random.below(6)] ?? '';
        texts.push(text);
        reported.push(...run.feed(token, piece(text)).tokens);
      }
      reported.push(...run.finish().tokens);
      expect(reported).toEqual(Array.from({ length: count }, (_, index) => index));
      expect(texts.join('')).not.toContain('abcabd');
    }
  });
});
