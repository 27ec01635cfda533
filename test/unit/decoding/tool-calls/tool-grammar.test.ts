import { describe, expect, test } from 'vitest';
import type { ToolCall } from '#shared/domain/chat.ts';
import { GrammarMatcher, parseGrammar } from '#main/decoding/grammar/index.ts';
import { buildToolGrammar, type ToolGrammarOptions } from '#main/decoding/tool-calls/grammar/tool-grammar.ts';
import { renderCalls, toSpacedJson } from '#main/decoding/tool-calls/render-calls.ts';
import { allSyntaxes } from '#main/decoding/tool-calls/syntaxes/all-syntaxes.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { readAnswer, weatherTools } from './read-answer.ts';

function call(name: string, value: unknown): ToolCall {
  return { id: 'call00001', name, arguments: toSpacedJson(value) };
}

function compile(options: Partial<ToolGrammarOptions> & Pick<ToolGrammarOptions, 'syntax'>) {
  const built = buildToolGrammar({ tools: weatherTools, choice: 'required', parallel: true, ...options });
  const grammar = parseGrammar(built.grammar);
  const admits = (text: string) => {
    const matcher = new GrammarMatcher(grammar);
    return matcher.accept(new TextEncoder().encode(text)) && matcher.canEnd;
  };
  return { ...built, admits, matcher: () => new GrammarMatcher(grammar) };
}

/** What the answer itself holds of a call: the prompt ends with the family's primer. */
function answerOf(syntax: ToolGrammarOptions['syntax'], calls: ToolCall[]): string {
  const text = renderCalls(syntax, calls);
  const lead = syntax.lead?.replace('{name}', calls[0]?.name ?? '') ?? '';
  const primer = syntax.primers?.find((start) => (lead + text).startsWith(start)) ?? '';
  return (lead + text).slice(primer.length);
}

const weather = { city: 'Paris', days: 3, options: { unit: 'C', exact: true, tags: ['a', 'b'] } };

describe.each(allSyntaxes.map((syntax) => ({ id: syntax.id, syntax })))('$id', ({ syntax }) => {
  test('a call that must come is bound to the family and to the schema', () => {
    const { admits, relaxed } = compile({ syntax });
    expect(relaxed).toEqual([]);
    expect(admits(answerOf(syntax, [call('add', { a: 1, b: 2.5 })]))).toBe(true);
    expect(admits(answerOf(syntax, [call('get_weather', { city: 'Paris' })]))).toBe(true);
    expect(admits(answerOf(syntax, [call('get_weather', { city: 'Paris', days: 2 })]))).toBe(true);
    expect(admits(answerOf(syntax, [call('now', {})]))).toBe(true);
    expect(admits(answerOf(syntax, [call('add', { a: 1 })]))).toBe(false);
    expect(admits(answerOf(syntax, [call('add', { a: 'one', b: 2 })]))).toBe(false);
    expect(admits(answerOf(syntax, [call('get_wether', { city: 'Paris' })]))).toBe(false);
    expect(admits(answerOf(syntax, [call('now', { zone: 'UTC' })]))).toBe(false);
    expect(admits('No.')).toBe(false);
  });

  test('nested arguments are bound too', () => {
    const { admits } = compile({ syntax });
    const isSorted = 'notation' in syntax.form && syntax.form.notation === 'gemma';
    const value = isSorted ? { city: 'Paris', days: 3, options: { exact: true, tags: ['a'], unit: 'C' } } : weather;
    expect(admits(answerOf(syntax, [call('get_weather', value)]))).toBe(true);
    expect(admits(answerOf(syntax, [call('get_weather', { city: 'x', options: { exact: 'maybe' } })]))).toBe(false);
  });

  test('several calls come only where they may', () => {
    const calls = [call('add', { a: 1, b: 2 }), call('now', {})];
    expect(compile({ syntax }).admits(answerOf(syntax, calls))).toBe(syntax.allowsParallel);
    expect(compile({ syntax, parallel: false }).admits(answerOf(syntax, calls))).toBe(false);
  });

  test('a named tool is the only one', () => {
    const { admits } = compile({ syntax, choice: { names: ['now'] } });
    expect(admits(answerOf(syntax, [call('now', {})]))).toBe(true);
    expect(admits(answerOf(syntax, [call('add', { a: 1, b: 2 })]))).toBe(false);
  });

  test('from its trigger on a call is bound', () => {
    const { triggers = [], admits } = compile({ syntax, choice: 'auto' });
    const text = renderCalls(syntax, [call('add', { a: 1, b: 2 })]);
    const trigger = triggers.find((start) => text.includes(start)) ?? 'none';
    expect(text).toContain(trigger);
    expect(admits(text.slice(text.indexOf(trigger)))).toBe(true);
  });

  test('what the grammar admits is a valid call, whatever is drawn from it', () => {
    const random = createRandom(11);
    const { matcher } = compile({ syntax });
    for (let round = 0; round < 4; round++) {
      const answer = drawText(matcher(), random);
      if (answer === undefined) continue;
      const primer = syntax.primers?.[0] ?? '';
      const { calls } = readAnswer([answer], { syntax, tools: weatherTools, primer });
      expect(calls.length, answer).toBeGreaterThan(0);
      for (const { name, status, arguments: text } of calls) {
        expect(status, answer).toBe('complete');
        expect(weatherTools.map((tool) => tool.name)).toContain(name);
        const value = JSON.parse(text) as Record<string, unknown>;
        if (name === 'add') expect([typeof value['a'], typeof value['b']], answer).toEqual(['number', 'number']);
        if (name === 'get_weather') expect(typeof value['city'], answer).toBe('string');
        if (name === 'now') expect(value).toEqual({});
      }
    }
  });
});

const alphabet = [...'{}[]":,<>|_/=\n .-019aefnrstuEZé😀'];

/** A text that the grammar admits, drawn character by character; undefined where none was found in time. */
function drawText(matcher: GrammarMatcher, random: Random): string | undefined {
  const encoder = new TextEncoder();
  let text = '';
  for (let length = 0; length < 600; length++) {
    if (matcher.canEnd && (matcher.mustEnd || random.next() < 0.3)) return text;
    const forced = new TextDecoder().decode(matcher.forcedBytes());
    const candidates =
      forced === '' ? alphabet.filter((character) => matcher.allows(encoder.encode(character))) : [forced];
    if (candidates.length === 0) return undefined;
    const quick = candidates.filter((character) => '"<]})\n|'.includes(character));
    const next = random.pick(quick.length > 0 && random.next() < 0.3 ? quick : candidates);
    matcher.accept(encoder.encode(next));
    text += next;
  }
  return undefined;
}
