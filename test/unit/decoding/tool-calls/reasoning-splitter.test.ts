import { describe, expect, test } from 'vitest';
import {
  closingText,
  detectReasoning,
  ReasoningSplitter,
  type AnswerPiece,
  type ReasoningSplitterOptions,
} from '#main/decoding/index.ts';

const reasoning = { begin: '<think>', end: '</think>' };

function split(pieces: (string | AnswerPiece)[], options: Partial<ReasoningSplitterOptions> = {}) {
  const splitter = new ReasoningSplitter({ reasoning, ...options });
  const outputs = pieces.map((piece) => splitter.push(typeof piece === 'string' ? { text: piece } : piece));
  outputs.push(splitter.finish());
  return {
    reasoning: outputs.map((output) => output.reasoning).join(''),
    text: outputs.map((output) => output.text).join(''),
    forced: outputs.flatMap(({ forcedText }) => forcedText ?? []),
    outputs,
  };
}

describe('ReasoningSplitter', () => {
  test('splits at the markers, also across pieces', () => {
    for (const pieces of [['<think>\na b</think>\n\nc'], [...'<think>\na b</think>\n\nc']]) {
      expect(split(pieces)).toMatchObject({ reasoning: 'a b', text: 'c' });
    }
  });

  test('an answer without reasoning is text from its first unit on', () => {
    expect(split(['\n', '<', 'b>x</think>']).outputs.map(({ text }) => text)).toEqual(['', '', '\n<b>x</think>', '']);
  });

  test('starts inside where the prompt opened the block', () => {
    expect(split(['a', '</think>b'], { startsInside: true })).toMatchObject({ reasoning: 'a', text: 'b' });
  });

  test('markers that are control tokens count only as such', () => {
    const controlTexts = ['<think>', '</think>'];
    const pieces = [{ text: '<think>', isControl: true }, 'a</think>b', { text: '</think>', isControl: true }, 'c'];
    expect(split(pieces, { controlTexts })).toMatchObject({ reasoning: 'a</think>b', text: 'c' });
  });

  test('a spent budget gives the text that closes the block, once', () => {
    const { outputs, forced } = split(['<think>', 'a', 'b', 'c', '\n</think>\n\n', 'd'], { budgetTokens: 3 });
    expect(outputs.map(({ forcedText }) => forcedText)).toEqual([
      undefined,
      undefined,
      '\n</think>\n\n',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(forced).toHaveLength(1);
  });

  test('each family is closed in its own way', () => {
    const closedBy = (template: string) => closingText(detectReasoning(template) ?? reasoning);
    expect(closedBy('<|channel|>analysis')).toBe('<|end|><|start|>assistant');
    expect(closedBy('[THINK]')).toBe('[/THINK]');
    expect(closedBy('<seed:think>')).toBe('\n</seed:think>\n\n');
  });

  test('a budget that is not spent forces nothing', () => {
    expect(split(['<think>', 'a', '</think>', 'b', 'c', 'd'], { budgetTokens: 3 }).forced).toEqual([]);
  });
});
