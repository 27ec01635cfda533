import { describe, expect, test } from 'vitest';
import type { AnswerPiece, ToolCallSyntax } from '#main/decoding/index.ts';
import { markersOf } from '#main/decoding/tool-calls/answer-parser.ts';
import { renderCalls } from '#main/decoding/tool-calls/render-calls.ts';
import { allSyntaxes } from '#main/decoding/tool-calls/syntaxes/all-syntaxes.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { readAnswer, toPieces, weatherTools } from './read-answer.ts';

const reasoning = { begin: '<think>', end: '</think>' };
const calls = [
  { id: 'a1b2c3d4e', name: 'get_weather', arguments: '{"city":"x","days":1,"options":{"tags":["y"]}}' },
  { id: 'a1b2c3d4f', name: 'now', arguments: '{}' },
];

/** Calls with pieces lost, doubled and mixed up, and plain soup of the family's markers. */
function disorder(syntax: ToolCallSyntax, random: Random): string {
  const whole = renderCalls(syntax, calls);
  const parts = [...markersOf(syntax, reasoning), ...(whole.match(/[A-Za-z_]+|[^A-Za-z_]/g) ?? [])];
  if (random.next() < 0.4) return Array.from({ length: 25 }, () => random.pick(parts)).join('');
  let text = whole;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const start = random.below(text.length + 1);
    const end = start + random.below(12);
    const kind = random.below(3);
    if (kind === 0) text = text.slice(0, start) + text.slice(end);
    else if (kind === 1) text = text.slice(0, start) + random.pick(parts) + text.slice(start);
    else text = text.slice(0, end) + text.slice(start);
  }
  return random.next() < 0.3 ? `Hm. ${text}` : text;
}

describe.each(allSyntaxes.map((syntax) => ({ id: syntax.id, syntax })))('$id in disorder', ({ syntax }) => {
  test('reads the same however it is cut, ends every call, and gives valid arguments for each complete one', () => {
    const random = createRandom(5);
    const controlTexts = markersOf(syntax, reasoning).filter((text) => /^<[^<>\s]+>$|^\[[A-Z_]+\]$/.test(text));
    for (let round = 0; round < 60; round++) {
      const answer = disorder(syntax, random);
      const options = {
        syntax,
        reasoning,
        tools: weatherTools,
        primer: round % 5 === 0 ? (syntax.primers?.[0] ?? '<think>') : '',
        controlTexts: round % 2 === 0 ? controlTexts : [],
      };
      const read = (cut: (text: string) => string[]) =>
        readAnswer(toPieces(answer, options.controlTexts, cut) satisfies AnswerPiece[], options);
      const whole = read((text) => [text]);
      expect(
        read((text) => [...text]),
        answer,
      ).toEqual(whole);
      for (const { status, arguments: text } of whole.calls) {
        expect(['complete', 'truncated', 'malformed'], answer).toContain(status);
        if (status === 'complete') expect(JSON.parse(text), answer).toBeTypeOf('object');
      }
    }
  });
});
