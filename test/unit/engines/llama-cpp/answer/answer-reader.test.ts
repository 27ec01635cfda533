import { describe, expect, test } from 'vitest';
import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import { detectSyntax } from '#main/decoding/index.ts';
import { AnswerReader, type AnswerReaderOptions } from '#main/engines/llama-cpp/answer/answer-reader.ts';
import { createLetterVocabulary } from '#test/support/letter-vocabulary.ts';

const syntax = detectSyntax(undefined);
const reasoning = { begin: '<think>', end: '</think>' };
const tools = [{ name: 'now' }];
const letters = createLetterVocabulary({ controls: ['<think>', '</think>'], words: ['Hello', 'lo wor', '.\n'] });

function createReader(options: Partial<AnswerReaderOptions> = {}): AnswerReader {
  return new AnswerReader({ program: { stops: [] }, pieces: letters.pieces, ...options });
}

function createParsingReader(stops: string[] = []): AnswerReader {
  const parser = { syntax, reasoning, tools, controlTexts: letters.controls.byText.keys() };
  return createReader({ program: { stops }, parser, controlTextOf: (token) => letters.controls.textOf(token) });
}

function rate(token: number): TokenProbability {
  return { token, bytes: [], logprob: -token, top: [] };
}

function read(reader: AnswerReader, text: string, rated = false): GenerationEvent[] {
  const events: GenerationEvent[] = [];
  for (const token of letters.tokensOf(text)) {
    const { events: more, stopText } = reader.feed(token, rated ? rate(token) : undefined);
    events.push(...more);
    if (stopText !== undefined) return events;
  }
  return [...events, ...reader.finish().events];
}

const textOf = (events: GenerationEvent[], type: 'text-delta' | 'reasoning-delta'): string =>
  events.map((event) => (event.type === type ? event.text : '')).join('');
const tokensOf = (events: GenerationEvent[]): number[] =>
  events.flatMap((event) => ('tokens' in event ? (event.tokens ?? []) : []));

describe('AnswerReader', () => {
  test('plain text names every token once, with its probability', () => {
    const events = read(createReader(), 'Hello you', true);
    expect(textOf(events, 'text-delta')).toBe('Hello you');
    expect(tokensOf(events)).toEqual(letters.tokensOf('Hello you'));
    for (const event of events) {
      if (event.type === 'text-delta') expect(event.probabilities?.map(({ token }) => token)).toEqual(event.tokens);
    }
  });

  test('thinking is told from text; the tokens of markers come without words', () => {
    const events = read(createParsingReader(), '<think>Hello</think>\n\nHello you', true);
    expect(textOf(events, 'reasoning-delta')).toBe('Hello');
    expect(textOf(events, 'text-delta')).toBe('Hello you');
    expect(tokensOf(events)).toEqual(letters.tokensOf('<think>Hello</think>\n\nHello you'));
    const rated = events.flatMap((event) => (event.type === 'text-delta' ? (event.probabilities ?? []) : []));
    expect(rated.map(({ token }) => token)).toEqual(letters.tokensOf('Hello you'));
  });

  test('the letters of a marker that is a control token are text', () => {
    const reader = createParsingReader();
    const events = [...'<think>x'].flatMap((letter) => reader.feed(letter.charCodeAt(0)).events);
    events.push(...reader.finish().events);
    expect(textOf(events, 'text-delta')).toBe('<think>x');
    expect(tokensOf(events)).toEqual(Array.from('<think>x', (letter) => letter.charCodeAt(0)));
  });

  test('calls come as a start with an id of their own, pieces of JSON and an end', () => {
    const call = '<tool_call>\n{"name": "now", "arguments": {"a": 1}}\n</tool_call>';
    const reader = createParsingReader();
    const text = `Wait.${call}\n${call}`;
    const events = read(reader, text);
    const starts = events.filter((event) => event.type === 'tool-call-start');
    expect(starts.map(({ index, name }) => [index, name])).toEqual([
      [0, 'now'],
      [1, 'now'],
    ]);
    for (const { id } of starts) expect(id).toMatch(/^call_[0-9A-Za-z]{24}$/);
    expect(starts[0]?.id).not.toBe(starts[1]?.id);
    const texts = ['', ''];
    for (const event of events) if (event.type === 'tool-call-delta') texts[event.index] += event.arguments;
    expect(texts).toEqual(['{"a": 1}', '{"a": 1}']);
    expect(events.filter(({ type }) => type === 'tool-call-end')).toHaveLength(2);
    expect(reader.endedCalls).toBe(2);
    expect(textOf(events, 'text-delta')).toBe('Wait.');
    expect(tokensOf(events)).toEqual(letters.tokensOf(text));
  });

  test('a call that is cut off has no end', () => {
    const reader = createParsingReader();
    const events = read(reader, '<tool_call>\n{"name": "now", "arguments": {"a"');
    expect(events.map(({ type }) => type)).toContain('tool-call-start');
    expect(events.map(({ type }) => type)).not.toContain('tool-call-end');
    expect(reader.endedCalls).toBe(0);
  });

  test('a stop text ends the answer wherever it stands, and is no part of it', () => {
    const events = read(createParsingReader(['lo w']), '<think>a</think>Hello world');
    expect(textOf(events, 'text-delta')).toBe('Hel');
    const inThought = read(createParsingReader(['b']), '<think>abc</think>d');
    expect(textOf(inThought, 'reasoning-delta')).toBe('a');
    expect(textOf(inThought, 'text-delta')).toBe('');
  });

  test('text that may begin a marker comes when it is certain, with all its tokens', () => {
    const reader = createParsingReader();
    const tokens = letters.tokensOf('a <tool');
    const early = tokens.flatMap((token) => reader.feed(token).events);
    expect(textOf(early, 'text-delta')).toBe('a');
    const late = [...letters.tokensOf('s>').flatMap((token) => reader.feed(token).events), ...reader.finish().events];
    expect(textOf(late, 'text-delta')).toBe(' <tools>');
    expect(tokensOf([...early, ...late])).toEqual(letters.tokensOf('a <tools>'));
  });
});

describe('an answer that is cut off', () => {
  const cut = (text: string): GenerationEvent[] => {
    const reader = createParsingReader();
    const events = letters.tokensOf(text).flatMap((token) => reader.feed(token).events);
    return [...events, ...reader.finish(true).events];
  };

  test('inside the beginning of a marker shows nothing of it, and names its tokens all the same', () => {
    const begin = 'begin' in syntax.form ? syntax.form.begin : '';
    const events = cut(`So.\n${begin.slice(0, 5)}`);
    expect(textOf(events, 'text-delta').trim()).toBe('So.');
    expect(tokensOf(events)).toEqual(letters.tokensOf(`So.\n${begin.slice(0, 5)}`));
  });

  test('inside other text loses nothing', () => {
    expect(textOf(cut('So is 1 <'), 'text-delta')).toBe('So is 1 <');
  });
});
