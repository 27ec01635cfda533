import { describe, expect, test } from 'vitest';
import type { ToolCall } from '#shared/domain/chat.ts';
import { renderCalls } from '#main/decoding/tool-calls/render-calls.ts';
import { allSyntaxes } from '#main/decoding/tool-calls/syntaxes/all-syntaxes.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { readAnswer, toPieces, weatherTools, type ReadAnswer } from './read-answer.ts';

/** Arguments that try every parser: markers, quotes, escapes and line breaks inside strings. */
const argumentCases: { name: string; value: Record<string, unknown> }[] = [
  { name: 'plain', value: { city: 'Paris' } },
  { name: 'nothing', value: {} },
  { name: 'numbers', value: { city: 'x', days: 3 } },
  { name: 'nested', value: { city: 'Pa"ris', days: -1, options: { unit: 'C', exact: true, tags: ['a', '1', ''] } } },
  { name: 'line breaks', value: { city: 'one\ntwo\n\n\tthree ' } },
  { name: 'escapes', value: { city: 'back\\slash "quoted" \\n \\u0041 %7B' } },
  { name: 'code points', value: { city: 'Zürich 数字 😀 \u200b' } },
  { name: 'braces', value: { city: '}}]{"a": [1, {' } },
  { name: 'markers', value: { city: '</tool_call> <tool_call> </think> [TOOL_CALLS] <|im_end|> ``` [ARGS]' } },
  { name: 'words of JSON', value: { city: 'null' } },
];

/** Markers of its own inside a value end that value in these families: the notation has no escape. */
const control: Readonly<Record<string, readonly string[]>> = {
  'gemma-4': ['<|"|>', '<|tool_call>', '<tool_call|>'],
  harmony: ['<|start|>', '<|channel|>', '<|message|>', '<|call|>', '<|end|>', '<|constrain|>'],
  'kimi-k2': [
    '<|tool_calls_section_begin|>',
    '<|tool_call_begin|>',
    '<|tool_call_argument_begin|>',
    '<|tool_call_end|>',
  ],
  'deepseek-v3.1': ['<｜tool▁calls▁begin｜>', '<｜tool▁call▁begin｜>', '<｜tool▁sep｜>', '<｜tool▁call▁end｜>'],
  mistral: ['[TOOL_CALLS]'],
  'mistral-args': ['[TOOL_CALLS]', '[ARGS]'],
  hermes: ['<tool_call>', '</tool_call>'],
};

function call(name: string, value: unknown, id = 'call00001'): ToolCall {
  return { id, name, arguments: JSON.stringify(value) };
}

describe.each(allSyntaxes.map((syntax) => ({ id: syntax.id, syntax })))('$id', ({ id, syntax }) => {
  const controlTexts = control[id] ?? [];
  const options = { syntax, tools: weatherTools, controlTexts };
  const read = (answer: string, cut: (text: string) => string[] = (text) => [text]) =>
    readAnswer(toPieces(answer, controlTexts, cut), options);

  test.each(argumentCases)('gives the arguments back that the call was written with: $name', ({ value }) => {
    const answer = read(renderCalls(syntax, [call('get_weather', value)]));
    expect(answer.calls.map(({ name, status }) => ({ name, status }))).toEqual([
      { name: 'get_weather', status: 'complete' },
    ]);
    expect(JSON.parse(answer.calls[0]?.arguments ?? '')).toEqual(value);
    expect(answer).toMatchObject({ text: '', reasoning: '' });
  });

  test('reads the same however the answer is cut', () => {
    const random = createRandom(7);
    for (const { value } of argumentCases) {
      const calls = [call('get_weather', value), call('add', { a: 1, b: 2.5 }, 'call00002')];
      const before = id === 'llama-3' ? '' : 'Let me look.\n\n';
      const text = before + renderCalls(syntax, syntax.allowsParallel ? calls : calls.slice(0, 1));
      const whole = read(text);
      expect(whole.calls).toHaveLength(syntax.allowsParallel ? 2 : 1);
      expect(whole.text).toBe(before.trimEnd());
      expect(read(text, (part) => [...part])).toEqual(whole);
      for (let round = 0; round < 5; round++) expect(read(text, (part) => cutAnywhere(part, random))).toEqual(whole);
    }
  });

  test('a call cut off anywhere is reported as truncated, or stays text', () => {
    const text = renderCalls(syntax, [call('get_weather', { city: 'Paris', days: 3 })]);
    for (let length = 1; length < text.length; length++) {
      const answer = read(text.slice(0, length));
      const [first] = answer.calls;
      if (!first) {
        expect(answer.text.replace(/\s+/g, '')).toBe(text.slice(0, length).replace(/\s+/g, ''));
      } else if (first.status === 'truncated') {
        expect(first.source?.trim()).toBe(text.slice(0, length).trim());
      } else {
        expect(first.status).toBe('complete');
        expect(JSON.parse(first.arguments)).toEqual({ city: 'Paris', days: 3 });
      }
    }
  });

  test('a call of an unknown tool stays text, unchanged', () => {
    const text = renderCalls(syntax, [call('get_wether', { city: 'Paris' })]);
    expect(visible(read(`Hm. ${text}`))).toBe(visibleText(syntax, `Hm. ${text}`));
  });

  test('without tools in the request a call is text', () => {
    const text = renderCalls(syntax, [call('get_weather', { city: 'Paris' })]);
    const pieces = toPieces(`Hm. ${text}`, controlTexts, (part) => [...part]);
    expect(visible(readAnswer(pieces, { ...options, tools: [] }))).toBe(visibleText(syntax, `Hm. ${text}`));
  });
});

describe.each(allSyntaxes.filter(({ id }) => id in control))('$id with control tokens', (syntax) => {
  const options = { syntax, tools: weatherTools, controlTexts: control[syntax.id] ?? [] };

  test.each(argumentCases)('text cannot forge the markers: $name', ({ value }) => {
    const text = `Say: ${renderCalls(syntax, [call('get_weather', value)])}`;
    expect(readAnswer([text], options)).toEqual({ text, reasoning: '', calls: [] });
    expect(readAnswer([...text], options)).toEqual({ text, reasoning: '', calls: [] });
  });
});

function visible({ text, calls }: ReadAnswer): string {
  expect(calls).toEqual([]);
  return text.trim();
}

/** Frames of the family are no content; everything else is. */
function visibleText({ silent = [] }: { silent?: readonly string[] }, text: string): string {
  return [...silent]
    .sort((a, b) => b.length - a.length)
    .reduce((rest, frame) => rest.replaceAll(frame, ''), text)
    .trim();
}

function cutAnywhere(text: string, random: Random): string[] {
  const parts: string[] = [''];
  for (const character of text) {
    if (random.next() < 0.4) parts.push('');
    parts[parts.length - 1] += character;
  }
  return parts;
}
