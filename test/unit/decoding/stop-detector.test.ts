import { describe, expect, test } from 'vitest';
import { StopDetector } from '#main/decoding/index.ts';
import { createRandom } from '#test/support/random.ts';

function run(stops: string[], pieces: string[]): { text: string; stop: string | undefined; outputs: string[] } {
  const detector = new StopDetector(stops);
  const outputs: string[] = [];
  for (const piece of pieces) {
    const output = detector.push(piece);
    outputs.push(output.text);
    if (output.stop !== undefined) return { text: outputs.join(''), stop: output.stop, outputs };
  }
  outputs.push(detector.flush());
  return { text: outputs.join(''), stop: undefined, outputs };
}

/** The same answer the slow way: the stop text that ends first; of those that end there, the longest. */
function reference(stops: string[], text: string): { text: string; stop: string | undefined } {
  let best: { end: number; stop: string } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    if (start < 0) continue;
    const end = start + stop.length;
    if (!best || end < best.end || (end === best.end && stop.length > best.stop.length)) best = { end, stop };
  }
  return best ? { text: text.slice(0, best.end - best.stop.length), stop: best.stop } : { text, stop: undefined };
}

describe('StopDetector', () => {
  test('a stop text across three pieces is found and none of it is released', () => {
    expect(run(['</answer>'], ['Hi</', 'ans', 'wer> more'])).toEqual({
      text: 'Hi',
      stop: '</answer>',
      outputs: ['Hi', '', ''],
    });
  });

  test('only what may become a stop text is held back', () => {
    expect(run(['END'], ['xE', 'N', 'x', 'yEN']).outputs).toEqual(['x', '', 'ENx', 'y', 'EN']);
  });

  test('a shorter stop text inside a longer one ends the answer first', () => {
    expect(run(['abcd', 'bc'], ['xabcd'])).toMatchObject({ text: 'xa', stop: 'bc' });
  });

  test('of two stop texts that end together the longer one wins', () => {
    expect(run(['c', 'abc'], ['xabc'])).toMatchObject({ text: 'x', stop: 'abc' });
  });

  test('without stop texts everything passes at once', () => {
    expect(run([], ['a', 'b']).outputs).toEqual(['a', 'b', '']);
  });

  test('a stop text of 5,000 characters is found', () => {
    const stop = 'ab'.repeat(2500);
    expect(run([stop], [`a${stop}`])).toMatchObject({ text: 'a', stop });
  });

  test('half of a surrogate pair never cuts a code point', () => {
    expect(run(['😀x'], ['a😁', 'b'])).toMatchObject({ text: 'a😁b', stop: undefined });
    expect(run(['\ude00'], ['a😀b'])).toMatchObject({ text: 'a😀b', stop: undefined });
  });

  test('random stop texts in random pieces agree with indexOf', () => {
    const random = createRandom(11);
    const letters = ['a', 'b', 'c', '😀'];
    const word = (length: number) => Array.from({ length }, () => letters[random.below(4)]).join('');
    for (let round = 0; round < 4000; round++) {
      const stops = Array.from({ length: 1 + random.below(4) }, () => word(1 + random.below(5)));
      const pieces = Array.from({ length: random.below(12) }, () => word(1 + random.below(3)));
      const { text, stop } = run(stops, pieces);
      expect({ text, stop }).toEqual(reference(stops, pieces.join('')));
    }
  });

  test('held text is never longer than the longest stop text less one', () => {
    const random = createRandom(12);
    const detector = new StopDetector(['aab', 'abab']);
    for (let round = 0; round < 2000; round++) {
      if (detector.push(random.below(3) === 0 ? 'b' : 'a').stop === undefined) {
        expect(detector.heldLength).toBeLessThanOrEqual(3);
      }
    }
  });
});
