import { describe, expect, test } from 'vitest';
import { isAppError } from '#shared/errors/app-error.ts';
import { decodeChatRequest } from '#main/api/openai/chat/decode.ts';
import { chatRequestSchema } from '#main/api/openai/chat/schema.ts';
import { validate } from '#main/api/validate.ts';

const tool = {
  type: 'function',
  function: { name: 'get-time', description: 'The time', parameters: { type: 'object' } },
};

function decode(body: object) {
  return decodeChatRequest(validate(chatRequestSchema, body));
}

function promptOf(messages: unknown[], rest: object = {}) {
  return decode({ messages, ...rest }).request.prompt;
}

function failureOf(body: object): [string, unknown, string] | undefined {
  try {
    decode(body);
    return undefined;
  } catch (error) {
    if (isAppError(error)) return [error.code, error.data?.['param'], error.message];
    throw error;
  }
}

describe('messages', () => {
  test('every role, in any order, with the words of the house', () => {
    expect(
      promptOf([
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi', name: 'ann' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'one' },
            { type: 'text', text: 'two' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'thinking',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '42' },
        { role: 'system', content: 'Late system.' },
        { role: 'assistant', content: 'Prefill' },
      ]),
    ).toEqual({
      type: 'chat',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi', name: 'ann' },
        { role: 'user', content: 'one\ntwo' },
        {
          role: 'assistant',
          content: '',
          reasoning: 'thinking',
          toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a":1}' }],
        },
        { role: 'tool', content: '42', toolCallId: 'c1' },
        { role: 'system', content: 'Late system.' },
        { role: 'assistant', content: 'Prefill' },
      ],
    });
  });

  test('nulls inside a message are absent', () => {
    expect(
      promptOf([{ role: 'user', content: 'Hi', name: null, tool_calls: null, tool_call_id: null, refusal: null }]),
    ).toEqual({ type: 'chat', messages: [{ role: 'user', content: 'Hi' }] });
  });

  test('arguments that a client sends as an object become JSON text', () => {
    const prompt = promptOf([
      { role: 'assistant', tool_calls: [{ id: null, function: { name: 'f', arguments: { a: 1 } } }] },
    ]);
    expect(prompt).toMatchObject({ messages: [{ toolCalls: [{ id: 'call_0_0', name: 'f', arguments: '{"a":1}' }] }] });
  });

  test.each([
    [{}, 'messages', '"messages" is not valid: it is missing.'],
    [{ messages: [] }, 'messages', '"messages" is not valid: it is empty.'],
    [{ messages: 'hi' }, 'messages', '"messages" is not valid: expected array, received string.'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', '"messages[0].content" is not valid: it is missing.'],
    [
      { messages: [{ role: 'robot', content: 'a' }] },
      'messages[0].role',
      '"messages[0].role" is not valid: expected one of "system"|"developer"|"user"|"assistant"|"tool"|"function".',
    ],
    [
      { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
      'messages[0].content[0].type',
      '"messages[0].content[0].type" is not valid: it is missing.',
    ],
    [
      { messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
      '"messages[0].content" is not valid: expected string, received number, or expected array, received number.',
    ],
    [
      { messages: [{ role: 'user', content: 'half \ud800' }] },
      'messages[0].content',
      '"messages[0].content" is not valid: it holds half of a surrogate pair.',
    ],
  ])('%j names the parameter', (body, param, message) => {
    expect(failureOf(body)).toEqual(['invalid-request', param, message]);
  });

  test.each([
    [{ type: 'image_url', image_url: { url: 'data:image/png;base64,' } }, 'models here read text, no images'],
    [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }, 'models here read text, no sound'],
    [{ type: 'file', file: { file_id: 'f' } }, 'models here read text, no files'],
    [{ type: 'smell' }, '"smell" is no type of content'],
  ])('a part that is no text is refused by its place: %j', (part, problem) => {
    expect(failureOf({ messages: [{ role: 'user', content: [{ type: 'text', text: 'see' }, part] }] })).toEqual([
      'unsupported-field',
      'messages[0].content[1]',
      `"messages[0].content[1]" cannot be taken in: ${problem}.`,
    ]);
  });
});

test('the result of an older function call is joined to its call', () => {
  const call = (name: string) => ({ role: 'assistant', content: null, function_call: { name, arguments: '{}' } });
  const result = (name: string) => ({ role: 'function', name, content: '1' });
  const prompt = promptOf([call('f'), result('f'), call('g'), result('g')]);
  expect(prompt).toMatchObject({
    messages: [
      { toolCalls: [{ id: 'call_0_0', name: 'f' }] },
      { role: 'tool', name: 'f', toolCallId: 'call_0_0' },
      { toolCalls: [{ id: 'call_2_0', name: 'g' }] },
      { role: 'tool', name: 'g', toolCallId: 'call_2_0' },
    ],
  });
});

const messages = [{ role: 'user', content: 'What time is it?' }];
const named = (name: string) => ({ type: 'function', function: { name } });

describe('tools', () => {
  const tools = [tool, { type: 'function', function: { name: 'look', strict: true } }];
  const chosen = (rest: object) => {
    const { request, applied } = decode({ messages, tools, ...rest });
    const offered = request.prompt.type === 'chat' ? request.prompt.tools?.map(({ name }) => name) : undefined;
    return { offered, choice: request.toolChoice, applied };
  };

  test('reach the template with their descriptions and schemas', () => {
    expect(promptOf(messages, { tools })).toMatchObject({
      tools: [{ name: 'get-time', description: 'The time', parameters: { type: 'object' } }, { name: 'look' }],
    });
  });

  test.each([
    [undefined, undefined],
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'required' }],
    [named('look'), { type: 'named', names: ['look'] }],
    [
      { type: 'function', name: 'look' },
      { type: 'named', names: ['look'] },
    ],
  ])('tool_choice %j', (tool_choice, choice) => {
    expect(chosen({ tool_choice })).toEqual({ offered: ['get-time', 'look'], choice, applied: [] });
  });

  test.each([
    [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named('look')] } }, { type: 'auto' }],
    [{ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named('look')] } }, { type: 'required' }],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] }, { type: 'auto' }],
  ])('of %j only the allowed ones are shown, and the answer says so', (tool_choice, choice) => {
    expect(chosen({ tool_choice })).toEqual({ offered: ['look'], choice, applied: ['tools=1'] });
  });

  test('one call at most, when asked for', () => {
    expect(decode({ messages, tools, parallel_tool_calls: false }).request.parallelToolCalls).toBe(false);
    expect(decode({ messages, tools }).request).not.toHaveProperty('parallelToolCalls');
  });

  test('none at all is fine with every client’s habit', () => {
    const { request } = decode({ messages, tools: [], tool_choice: 'auto', parallel_tool_calls: true, functions: [] });
    expect(request.prompt).not.toHaveProperty('tools');
    expect(request).not.toHaveProperty('toolChoice');
  });

  test('the older functions are tools of which one may be called, answered in the older words', () => {
    const { request, shape } = decode({
      messages,
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    expect(request).toMatchObject({
      prompt: { tools: [{ name: 'f', parameters: { type: 'object' } }] },
      toolChoice: { type: 'named', names: ['f'] },
      parallelToolCalls: false,
    });
    expect(shape.calls).toBe('function_call');
    expect(decode({ messages, tools }).shape.calls).toBe('tool_calls');
  });

  const deep = (levels: number): object => (levels === 0 ? {} : { items: deep(levels - 1) });

  test.each([
    [{ tools, tool_choice: named('fly') }, 'tool_choice.function.name'],
    [{ tools, tool_choice: { type: 'function' } }, 'tool_choice.function.name'],
    [{ tools, tool_choice: { type: 'custom', custom: { name: 'x' } } }, 'tool_choice.type'],
    [{ tools, tool_choice: { type: 'allowed_tools', mode: 'auto' } }, 'tool_choice.tools'],
    [
      { tools, tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named('fly')] } } },
      'tool_choice.allowed_tools.tools[0].function.name',
    ],
    [{ tools, tool_choice: 'sometimes' }, 'tool_choice'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tools: [tool, tool] }, 'tools[1].function.name'],
    [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].type'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [{ type: 'function', function: { name: '' } }] }, 'tools[0].function.name'],
    [{ tools: [{ type: 'function', function: { name: 'f', parameters: deep(300) } }] }, 'tools[0].function.parameters'],
    [{ tools, functions: [{ name: 'f' }] }, 'functions'],
    [{ functions: [{ name: 'f' }, { name: 'f' }] }, 'functions[1].name'],
    [{ functions: [{ name: 'f' }], function_call: { name: 'g' } }, 'function_call.name'],
  ])('%j is refused by its place', (rest, param) => {
    expect(failureOf({ messages, ...rest })?.[1]).toBe(param);
  });
});

describe('thinking', () => {
  const reasoningOf = (rest: object) => decode({ messages, ...rest }).request.reasoning;

  test.each([
    [{}, undefined],
    [{ reasoning_effort: 'high' }, { isEnabled: true, effort: 'high' }],
    [{ reasoning_effort: 'none' }, { isEnabled: false, effort: 'none' }],
    [{ reasoning: { effort: 'low', max_tokens: 9 } }, { isEnabled: true, effort: 'low', budgetTokens: 9 }],
    [{ reasoning: { enabled: false } }, { isEnabled: false }],
    [
      { enable_thinking: false, reasoning_effort: 'low' },
      { isEnabled: false, effort: 'low' },
    ],
    [{ thinking: { type: 'enabled', budget_tokens: 64 } }, { isEnabled: true, budgetTokens: 64 }],
    [{ thinking: { type: 'adaptive' } }, undefined],
    [{ thinking: false }, { isEnabled: false }],
    [{ thinking_budget: 1 }, { budgetTokens: 1 }],
    [{ thinking_budget_tokens: 0 }, { budgetTokens: 0 }],
    [{ reasoning_budget: -1 }, undefined],
    [{ reasoning_budget_tokens: 5 }, { budgetTokens: 5 }],
    [{ chat_template_kwargs: { enable_thinking: false } }, { isEnabled: false }],
  ])('%j', (rest, expected) => {
    expect(reasoningOf(rest)).toEqual(expected);
  });

  test('stands apart, within the text, or nowhere', () => {
    const placeOf = (rest: object) => decode({ messages, ...rest }).shape.reasoning;
    expect(placeOf({})).toBe('apart');
    expect(placeOf({ reasoning_format: 'deepseek' })).toBe('apart');
    expect(placeOf({ reasoning_format: 'none' })).toBe('inline');
    expect(placeOf({ reasoning: { exclude: true } })).toBe('left-out');
  });

  test('the client’s own variables reach the template as they are', () => {
    expect(promptOf(messages, { chat_template_kwargs: { enable_thinking: false, x: 1 } })).toMatchObject({
      templateArguments: { enable_thinking: false, x: 1 },
    });
  });
});

describe('probabilities', () => {
  const countOf = (rest: object) => decode({ messages, ...rest }).request.tokenProbabilities;

  test.each([
    [{}, undefined],
    [{ logprobs: false, top_logprobs: 0 }, undefined],
    [{ logprobs: true }, 0],
    [{ logprobs: true, top_logprobs: 20 }, 20],
    [{ n_probs: 7 }, 7],
    [{ n_probs: 0 }, undefined],
  ])('%j', (rest, count) => {
    expect(countOf(rest)).toBe(count);
  });

  test('top_logprobs alone is a contradiction', () => {
    expect(failureOf({ messages, top_logprobs: 2 })).toEqual([
      'invalid-request',
      'top_logprobs',
      '"top_logprobs" is not valid: "logprobs" must be true with it.',
    ]);
  });
});

test('max_completion_tokens wins over max_tokens', () => {
  expect(decode({ messages, max_tokens: 5, max_completion_tokens: 3 }).request.maxTokens).toBe(3);
});
