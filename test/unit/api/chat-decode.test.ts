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
  return decode({ messages, ...rest }).prompt;
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
    expect(prompt).toMatchObject({ messages: [{ toolCalls: [{ id: 'call_0', name: 'f', arguments: '{"a":1}' }] }] });
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

  test('a part that is no text is refused by its place', () => {
    const content = [
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,' } },
    ];
    expect(failureOf({ messages: [{ role: 'user', content }] })).toEqual([
      'unsupported-field',
      'messages[0].content[1]',
      'The field "messages[0].content[1]" is not supported here: Content of the type "image_url" is not understood yet.',
    ]);
  });
});

describe('tools', () => {
  const messages = [{ role: 'user', content: 'What time is it?' }];

  test('with tool_choice none the template sees them', () => {
    expect(promptOf(messages, { tools: [tool], tool_choice: 'none' })).toMatchObject({
      tools: [{ name: 'get-time', description: 'The time', parameters: { type: 'object' } }],
    });
  });

  test('with any other choice they are refused: nobody could read the calls', () => {
    const refusedField = (rest: object) => failureOf({ messages, ...rest })?.slice(0, 2);
    const byName = { type: 'function', function: { name: 'get-time' } };
    expect(refusedField({ tools: [tool] })).toEqual(['unsupported-field', 'tools']);
    expect(refusedField({ tools: [tool], tool_choice: 'auto' })).toEqual(['unsupported-field', 'tools']);
    expect(refusedField({ tools: [tool], tool_choice: 'required' })).toEqual(['unsupported-field', 'tool_choice']);
    expect(refusedField({ tool_choice: byName })).toEqual(['unsupported-field', 'tool_choice']);
  });

  test('none at all is fine with every client’s habit', () => {
    expect(promptOf(messages, { tools: [], tool_choice: 'auto' })).not.toHaveProperty('tools');
  });
});

test('the effort of reasoning reaches the template, and the client’s own variables win', () => {
  const messages = [{ role: 'user', content: 'a' }];
  expect(promptOf(messages, { reasoning_effort: 'none' })).toMatchObject({
    templateArguments: { reasoning_effort: 'none', enable_thinking: false },
  });
  expect(
    promptOf(messages, { reasoning_effort: 'high', chat_template_kwargs: { enable_thinking: false, x: 1 } }),
  ).toMatchObject({ templateArguments: { reasoning_effort: 'high', enable_thinking: false, x: 1 } });
});

test('max_completion_tokens wins over max_tokens', () => {
  const messages = [{ role: 'user', content: 'a' }];
  expect(decode({ messages, max_tokens: 5, max_completion_tokens: 3 }).maxTokens).toBe(3);
});
