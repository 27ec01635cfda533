import { describe, expect, test } from 'vitest';
import type { Tool } from '#shared/domain/chat.ts';
import { GrammarMatcher, parseGrammar } from '#main/decoding/grammar/index.ts';
import {
  assignControlCharacters,
  buildToolGrammar,
  detectSyntax,
  type ToolGrammarOptions,
} from '#main/decoding/index.ts';
import { allSyntaxes } from '#main/decoding/tool-calls/syntaxes/all-syntaxes.ts';
import { weatherTools } from './read-answer.ts';

function build(family: string, options: Partial<ToolGrammarOptions> = {}) {
  const syntax = allSyntaxes.find(({ id }) => id === family);
  if (!syntax) throw new Error(`no syntax ${family}`);
  const built = buildToolGrammar({ syntax, tools: weatherTools, choice: 'required', parallel: false, ...options });
  const grammar = parseGrammar(built.grammar);
  const admits = (text: string) => {
    const matcher = new GrammarMatcher(grammar);
    return matcher.accept(new TextEncoder().encode(text)) && matcher.canEnd;
  };
  return { ...built, admits };
}

const call = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>';

describe('buildToolGrammar', () => {
  test('reasoning may stand in front of a call that must come', () => {
    const reasoning = { syntax: { begin: '<think>', end: '</think>' }, isOpen: false };
    const { admits } = build('hermes', { reasoning });
    expect(admits(call)).toBe(true);
    expect(admits(`<think>\nSo < than </thin>.\n</think>\n\n${call}`)).toBe(true);
    expect(admits(`<think>\nnever closed ${call}`)).toBe(false);
    const open = build('hermes', { reasoning: { ...reasoning, isOpen: true } });
    expect(open.admits(`hm</think>${call}`)).toBe(true);
    expect(open.admits(call)).toBe(false);
  });

  test('text may stand in front where that is allowed', () => {
    const { admits } = build('hermes', { allowText: true });
    expect(admits(`I look < there. ${call}`)).toBe(true);
    expect(admits('I look there.')).toBe(false);
    expect(build('hermes').admits(`I look. ${call}`)).toBe(false);
  });

  test('control tokens are spelled by their own characters', () => {
    const parts = { syntax: detectSyntax(undefined), reasoning: undefined };
    const controlCharacters = assignControlCharacters(['<s>', '<tool_call>', '</tool_call>'], parts);
    expect([...controlCharacters.keys()]).toEqual(['</tool_call>', '<tool_call>']);
    const { admits, triggers } = build('hermes', { controlCharacters, choice: 'auto' });
    expect(triggers).toEqual(['<tool_call>']);
    expect(admits('\u{10f801}\n{"name": "now", "arguments": {}}\n\u{10f800}')).toBe(true);
    expect(admits(call)).toBe(false);
  });

  test('a call may repeat the frame that the prompt opened, as it does behind reasoning', () => {
    const { admits } = build('harmony');
    const rest = '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>';
    expect(admits(rest)).toBe(true);
    expect(admits(`<|start|>assistant${rest}`)).toBe(true);
  });

  test('a marker that ends the answer is left to the engine', () => {
    const text = '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}';
    expect(build('harmony', { endTexts: new Set(['<|call|>']) }).admits(text)).toBe(true);
    expect(build('harmony').admits(text)).toBe(false);
    expect(build('harmony').admits(`${text}<|call|>`)).toBe(true);
  });

  test('triggers of calls without a marker count only at the start', () => {
    expect(build('llama-3', { choice: 'auto' })).toMatchObject({ triggers: ['{"name": "'], triggersAtStart: true });
    expect(build('hermes', { choice: 'auto' })).toMatchObject({ triggersAtStart: false });
    expect(build('functionary-3.2', { choice: 'auto' }).triggers).toEqual(['>>>get_weather\n', '>>>add\n', '>>>now\n']);
  });

  test('what cannot be enforced in a schema is left out and named', () => {
    const tool: Tool = {
      name: 'pick',
      parameters: {
        type: 'object',
        properties: { list: { type: 'array', items: { type: 'string' }, uniqueItems: true }, n: { type: 'integer' } },
        required: ['list'],
      },
    };
    const { admits, relaxed } = build('hermes', { tools: [tool] });
    expect(relaxed).toEqual([{ tool: 'pick', path: '/properties/list/uniqueItems', keyword: 'uniqueItems' }]);
    expect(admits('<tool_call>\n{"name": "pick", "arguments": {"list": ["a", "a"], "n": 1}}\n</tool_call>')).toBe(true);
    expect(admits('<tool_call>\n{"name": "pick", "arguments": {"list": 1}}\n</tool_call>')).toBe(false);
  });

  test('values of tagged arguments follow enum, type and references', () => {
    const tool: Tool = {
      name: 'set',
      parameters: {
        type: 'object',
        properties: {
          mode: { enum: ['on', 'off', 3] },
          level: { type: ['integer', 'null'], minimum: 0, maximum: 9 },
          where: { $ref: '#/$defs/place' },
          note: { type: 'string', maxLength: 5 },
        },
        required: ['mode'],
        $defs: { place: { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] } },
      },
    };
    const { admits, relaxed } = build('glm-compact', { tools: [tool] });
    const of = (key: string, value: string) => `<arg_key>${key}</arg_key><arg_value>${value}</arg_value>`;
    const whole = (...parts: string[]) => `<tool_call>set${parts.join('')}</tool_call>`;
    expect(admits(whole(of('mode', 'on')))).toBe(true);
    expect(admits(whole(of('mode', '3'), of('level', 'null'), of('where', '{"x": 1}'), of('note', 'hi')))).toBe(true);
    expect(admits(whole(of('mode', 'up')))).toBe(false);
    expect(admits(whole(of('mode', 'on'), of('level', '10')))).toBe(false);
    expect(admits(whole(of('mode', 'on'), of('where', '{"x": "1"}')))).toBe(false);
    expect(admits(whole(of('level', '1')))).toBe(false);
    expect(relaxed).toEqual([{ tool: 'set', path: '/properties/note/maxLength', keyword: 'maxLength' }]);
  });

  test('what a notation of its own cannot enforce is named', () => {
    const tool: Tool = {
      name: 'ask',
      parameters: {
        type: 'object',
        properties: {
          list: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', maxLength: 3 } },
          range: { type: 'integer', minimum: 1, maximum: 9 },
        },
        minProperties: 1,
      },
    };
    for (const family of ['gemma-4', 'minimax-m3']) {
      expect(build(family, { tools: [tool] }).relaxed.map(({ path }) => path)).toEqual([
        '/minProperties',
        '/properties/list/items/maxLength',
      ]);
    }
    const { admits } = build('gemma-4', { tools: [tool] });
    expect(admits('<|tool_call>call:ask{range:9}<tool_call|>')).toBe(true);
    expect(admits('<|tool_call>call:ask{range:10}<tool_call|>')).toBe(false);
    expect(admits('<|tool_call>call:ask{list:[]}<tool_call|>')).toBe(false);
    expect(admits('<|tool_call>call:ask{list:[<|"|>a<|"|>,<|"|>b<|"|>]}<tool_call|>')).toBe(true);
    expect(admits('<|tool_call>call:ask{list:[<|"|>a<|"|>,<|"|>b<|"|>,<|"|>c<|"|>]}<tool_call|>')).toBe(false);
  });

  test('a recursive schema ends in the notations that are not JSON', () => {
    const tree = { type: 'object', properties: { left: { $ref: '#/$defs/tree' }, value: { type: 'integer' } } };
    const tool: Tool = {
      name: 'grow',
      parameters: { type: 'object', properties: { tree: { $ref: '#/$defs/tree' } }, $defs: { tree } },
    };
    const { admits } = build('gemma-4', { tools: [tool] });
    expect(admits('<|tool_call>call:grow{tree:{left:{left:{value:1},value:2}}}<tool_call|>')).toBe(true);
    expect(admits('<|tool_call>call:grow{tree:{left:{right:1}}}<tool_call|>')).toBe(false);
  });

  test('a value of five hundred is admitted, and no other', () => {
    const values = [...Array.from({ length: 500 }, (_, index) => `value-${String(index)}-😀`), '', '😁', 'value-1'];
    const tool: Tool = {
      name: 'pick',
      parameters: { type: 'object', properties: { of: { enum: values } }, required: ['of'] },
    };
    const glm = build('glm-compact', { tools: [tool] });
    const gemma = build('gemma-4', { tools: [tool] });
    for (const [value, isGiven] of [
      ...values.map((text) => [text, true] as const),
      ['value-', false],
      ['😂', false],
    ] as const) {
      const inTags = `<tool_call>pick<arg_key>of</arg_key><arg_value>${value}</arg_value></tool_call>`;
      expect(glm.admits(inTags), value).toBe(isGiven);
      expect(gemma.admits(`<|tool_call>call:pick{of:<|"|>${value}<|"|>}<tool_call|>`), value).toBe(isGiven);
    }
  });

  test('schemas that lead nowhere, contradict themselves or are no schemas make a grammar or a named refusal', () => {
    let deep: Record<string, unknown> = { type: 'string' };
    for (let depth = 0; depth < 3000; depth++) deep = { type: 'object', properties: { x: deep } };
    const schemas: Record<string, unknown>[] = [
      deep,
      { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
      { type: 'object', properties: { a: { anyOf: [{ $ref: '#/properties/a' }, { type: 'null' }] } } },
      { type: 'object', properties: { a: { type: 'string', enum: [1] } }, required: ['a'] },
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
      ) as typeof deep,
      { type: 5, properties: [], required: 'x', items: 7 },
    ];
    for (const family of ['hermes', 'glm-compact', 'deepseek-v3.2', 'gemma-4', 'minimax-m3', 'lfm2']) {
      for (const parameters of schemas) {
        const attempt = () => build(family, { tools: [{ name: 'a"b\\c', parameters }] });
        try {
          attempt();
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError' });
        }
      }
    }
  });

  test('a name that is not offered is refused', () => {
    expect(() => build('hermes', { choice: { names: ['other'] } })).toThrow(/does not offer/);
  });

  test('a hundred tools make a grammar in reasonable time and size', () => {
    const tools = Array.from({ length: 100 }, (_, index) => ({
      ...weatherTools[0],
      name: `tool_${String(index)}`,
    })) as Tool[];
    for (const family of ['hermes', 'qwen3-coder', 'gemma-4']) {
      const { grammar } = build(family, { tools });
      expect(grammar.length).toBeLessThan(400_000);
      expect(() => parseGrammar(grammar)).not.toThrow();
    }
  });
});
