import { describe, expect, test } from 'vitest';
import type { ToolCall } from '#shared/domain/chat.ts';
import { markersOf } from '#main/decoding/tool-calls/answer-parser.ts';
import { renderCalls } from '#main/decoding/tool-calls/render-calls.ts';
import type { ToolCallSyntax } from '#main/decoding/index.ts';
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

/** What a vocabulary would have as control tokens: the markers in brackets, as most families spell them. */
function controlTextsOf(syntax: ToolCallSyntax): string[] {
  const texts =
    markersOf(syntax, undefined)
      .join(' ')
      .match(/<[|｜]?[^<>\s=]+>|\[\/?[A-Z_]+\]|<\|"\|>/g) ?? [];
  return [...new Set(texts)];
}

function call(name: string, value: unknown, id = 'call00001'): ToolCall {
  return { id, name, arguments: JSON.stringify(value) };
}

describe.each(
  allSyntaxes.flatMap((syntax) => [
    { id: syntax.id, markers: 'letters', syntax, controlTexts: [] },
    { id: syntax.id, markers: 'control tokens', syntax, controlTexts: controlTextsOf(syntax) },
  ]),
)('$id with markers of $markers', ({ id, syntax, controlTexts }) => {
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
    const pieces = toPieces(text, controlTexts, (part) => [...part]);
    for (let length = 1; length < pieces.length; length++) {
      const begun = pieces.slice(0, length);
      const source = begun.map((piece) => piece.text).join('');
      const answer = readAnswer(begun, options);
      const [first] = answer.calls;
      if (!first) expect(answer.text.replace(/\s+/g, '')).toBe(source.replace(/\s+/g, ''));
      else if (first.status === 'truncated') expect(first.source?.trim()).toBe(source.trim());
      else {
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

/** Families whose calls begin with a control token. */
const unforgeable = allSyntaxes.filter((syntax) =>
  controlTextsOf(syntax).some((text) => beginOf(syntax).startsWith(text)),
);

describe.each(unforgeable)('$id', (syntax) => {
  const options = { syntax, tools: weatherTools, controlTexts: controlTextsOf(syntax) };

  test.each(argumentCases)('text cannot forge the markers: $name', ({ value }) => {
    const text = `Say: ${renderCalls(syntax, [call('get_weather', value)])}`;
    expect(readAnswer([text], options)).toEqual({ text, reasoning: '', calls: [] });
    expect(readAnswer([...text], options)).toEqual({ text, reasoning: '', calls: [] });
  });
});

function beginOf({ form }: ToolCallSyntax): string {
  return (('section' in form ? form.section?.begin : undefined) ?? form.begin).trim();
}

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
