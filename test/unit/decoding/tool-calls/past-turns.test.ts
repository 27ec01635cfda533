import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '#shared/domain/chat.ts';
import { detectSyntax, probeTemplate, toTemplateTurns, type TemplateTraits } from '#main/decoding/index.ts';
import { weatherTools } from './read-answer.ts';

const traits: TemplateTraits = {
  syntax: detectSyntax(undefined),
  reasoning: undefined,
  hasSystemRole: true,
  rendersTools: true,
  rendersCalls: true,
  rendersResults: true,
  attachesResults: false,
  argumentsForm: 'object',
  emptyContent: '',
  needsShortIds: false,
  reasoningKey: 'reasoning_content',
};

const bare: TemplateTraits = {
  ...traits,
  rendersTools: false,
  rendersCalls: false,
  rendersResults: false,
  reasoningKey: undefined,
};

const messages: ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: '',
    reasoning: 'hm',
    toolCalls: [
      { id: 'call_1', name: 'get_weather', arguments: '{"city": "Paris", "options": {"unit": "C"}}' },
      { id: 'call_2', name: 'now', arguments: '' },
    ],
  },
  { role: 'tool', content: 'sunny', toolCallId: 'call_1', name: 'get_weather' },
  { role: 'tool', content: 'noon', toolCallId: 'call_2', name: 'now' },
  { role: 'user', content: 'Thanks' },
];

const [, now] = [weatherTools[0], weatherTools[2]];
const tools = now ? [now] : [];

describe('toTemplateTurns', () => {
  test('leaves to the template what it knows', () => {
    expect(toTemplateTurns({ messages, tools }, traits)).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'hm',
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'get_weather', arguments: { city: 'Paris', options: { unit: 'C' } } },
            },
            { id: 'call_2', type: 'function', function: { name: 'now', arguments: {} } },
          ],
        },
        { role: 'tool', content: 'sunny', name: 'get_weather', tool_call_id: 'call_1' },
        { role: 'tool', content: 'noon', name: 'now', tool_call_id: 'call_2' },
        { role: 'user', content: 'Thanks' },
      ],
      tools: [{ type: 'function', function: { name: 'now', description: '', parameters: {} } }],
    });
  });

  test('writes into plain messages what the template does not know', () => {
    expect(toTemplateTurns({ messages, tools }, bare)).toEqual({
      messages: [
        {
          role: 'system',
          content:
            'Be brief.\n\nYou can call these tools:\n<tools>\n{"name":"now","parameters":{}}\n</tools>\n' +
            'To call a tool, answer in this form, and write nothing behind it:\n<tool_call>\n' +
            '{"name": "name_of_the_tool", "arguments": {"name_of_an_argument": "its value"}}\n</tool_call>\n' +
            'The result comes back in the next message. If no tool helps, answer in plain words.',
        },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content:
            '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "options": {"unit": "C"}}}\n</tool_call>\n' +
            '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
        },
        {
          role: 'user',
          content: '<tool_response>\nsunny\n</tool_response>\n<tool_response>\nnoon\n</tool_response>\nThanks',
        },
      ],
    });
  });

  test('the tools stand in front of the first question where there is no system role', () => {
    const turns = toTemplateTurns({ messages: messages.slice(1, 2), tools }, { ...bare, hasSystemRole: false });
    expect(turns.messages).toHaveLength(1);
    expect(turns.messages[0]?.['content']).toMatch(/^You can call these tools:[^]*plain words\.\n\nWeather\?$/);
  });

  test('a template gets the arguments in the form it wants', () => {
    const argumentsIn = (form: TemplateTraits['argumentsForm']) => {
      const turns = toTemplateTurns({ messages }, { ...traits, argumentsForm: form });
      return JSON.stringify(turns.messages[2]?.['tool_calls']);
    };
    expect(argumentsIn('text')).toContain(JSON.stringify('{"city": "Paris", "options": {"unit": "C"}}'));
    expect(argumentsIn('flat')).toContain(String.raw`{"city":"Paris","options":"{\"unit\": \"C\"}"}`);
  });

  test('ids of any length become the nine letters some templates insist on, the same in call and result', () => {
    const turns = toTemplateTurns({ messages }, { ...traits, needsShortIds: true });
    const [first] = turns.messages[2]?.['tool_calls'] as { id: string }[];
    expect(first?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(turns.messages[3]?.['tool_call_id']).toBe(first?.id);
    expect(turns.messages[4]?.['tool_call_id']).not.toBe(first?.id);
  });

  test('results become part of the message with the calls where a template wants that', () => {
    const answer: ChatMessage = { role: 'assistant', content: 'Sunny at noon.' };
    const turns = toTemplateTurns(
      { messages: [...messages.slice(2, 5), answer] },
      { ...traits, attachesResults: true },
    );
    expect(turns.messages).toHaveLength(1);
    expect(turns.messages[0]).toMatchObject({
      content: 'Sunny at noon.',
      tool_responses: [
        { name: 'get_weather', response: 'sunny' },
        { name: 'now', response: 'noon' },
      ],
    });
  });

  test('arguments that are no object stay the text they are', () => {
    const broken: ChatMessage[] = [
      { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'now', arguments: '{"x": ' }] },
    ];
    expect(JSON.stringify(toTemplateTurns({ messages: broken }, traits).messages)).toContain(String.raw`"{\"x\": "`);
  });
});

describe('probeTemplate', () => {
  test('without a template nothing is known', () => {
    const probed = probeTemplate(undefined, () => {
      throw new Error('no template');
    });
    expect(probed).toEqual({ ...bare, hasSystemRole: false });
  });

  test('a template that shows names and contents only shows no tools', () => {
    const render = ({ messages: turns }: { messages: Record<string, unknown>[] }) =>
      turns.map(({ role, content }) => `<${String(role)}>${String(content)}`).join('\n');
    expect(probeTemplate('{{ messages }}', render)).toEqual(bare);
  });
});
