import { expect, test } from 'vitest';
import {
  holds,
  requested,
  samplingContrasts,
  status,
  testFields,
  thinking,
  type Contrast,
} from '#test/support/field-contrasts.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const messages = [{ role: 'user', content: 'count to 3' }];
const tools = [{ name: 'f', input_schema: { type: 'object' } }];
const format = (type: string) => ({ type: 'json_schema', schema: { type } });
const prompt = requested('prompt');

const shared: Record<string, Contrast> = {
  model: { values: ['test-model', 'nobody'], observe: status },
  thinking: { values: [{ type: 'enabled', budget_tokens: 5 }, { type: 'disabled' }], observe: thinking('isEnabled') },
};

testFields('anthropic-messages', {
  path: '/v1/messages',
  body: { messages, max_tokens: 50 },
  contrasts: {
    ...samplingContrasts,
    ...shared,
    messages: { values: [messages, [{ role: 'user', content: 'echo else' }]], observe: prompt },
    system: { values: ['one', [{ type: 'text', text: 'two' }]], observe: prompt },
    tools: { values: [tools, []], observe: prompt },
    tool_choice: { values: [{ type: 'none' }, { type: 'any' }], rest: { tools }, observe: requested('toolChoice') },
    max_tokens: { values: [1, 2], observe: requested('maxTokens') },
    stop_sequences: { values: [[], ['2']], observe: holds('"stop_sequence":"2"') },
    stream: { values: [true, false], observe: ({ contentType }) => contentType },
    output_config: { values: [{ effort: 'low' }, { effort: 'max' }], observe: thinking('effort') },
    output_format: { values: [format('object'), format('array')], observe: requested('output') },
  },
});

const promptTokens: Contrast['observe'] = ({ body }) => body;

testFields('anthropic-count', {
  path: '/v1/messages/count_tokens',
  body: { messages },
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: status },
    messages: {
      values: [messages, [{ role: 'user', content: 'a message of more words than that' }]],
      observe: promptTokens,
    },
    system: { values: ['one', [{ type: 'text', text: 'one two three' }]], observe: promptTokens },
    tools: { values: [tools, [{ type: 'web_search_20250305', name: 'web_search' }]], observe: status },
    tool_choice: {
      values: [
        { type: 'tool', name: 'f' },
        { type: 'tool', name: 'g' },
      ],
      rest: { tools },
      observe: status,
    },
    thinking: { values: [{ type: 'enabled', budget_tokens: 5 }, { type: 'sideways' }], observe: status },
  },
});

async function send(body: object, headers: Record<string, string> = {}) {
  const server = await startTestServer();
  const response = await fetch(`${server.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ messages, max_tokens: 9, ...body }),
  });
  return {
    server,
    response,
    request: server.requests.at(-1),
    body: (await response.json()) as Record<string, unknown>,
  };
}

test('parts of the output_config and the tool_choice reach the neutral request', async () => {
  const { request } = await send({
    tools,
    tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    output_config: { effort: 'medium', format: format('object') },
    thinking: { type: 'enabled', budget_tokens: 7 },
  });
  expect(request).toMatchObject({
    toolChoice: { type: 'named', names: ['f'] },
    parallelToolCalls: false,
    output: { type: 'json-schema', schema: { type: 'object' } },
    reasoning: { isEnabled: true, effort: 'medium', budgetTokens: 7 },
  });
});

test('a request that says nothing of thinking asks for none; adaptive asks for it without a budget', async () => {
  expect((await send({})).request?.reasoning).toEqual({ isEnabled: false });
  expect((await send({ thinking: { type: 'adaptive' } })).request?.reasoning).toEqual({ isEnabled: true });
});

test('the greatest effort is the greatest that templates know, and is told so', async () => {
  const { request, response } = await send({ output_config: { effort: 'max' } });
  expect(request?.reasoning?.effort).toBe('xhigh');
  expect(response.headers.get('x-impetus-applied')).toBe('output_config.effort=xhigh');
  const less = await send({ output_config: { effort: 'xhigh' } });
  expect(less.response.headers.get('x-impetus-applied')).toBeNull();
});

test('what a beta of Claude Code sends and cannot matter is neither refused nor named', async () => {
  const { response, body } = await send({
    cache_control: { type: 'ephemeral' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    service_tier: 'auto',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-impetus-ignored')).toBeNull();
  expect(body['context_management']).toEqual({ applied_edits: [] });
});

test('what makes no difference is named, and refused in strict mode', async () => {
  const fields = {
    metadata: { user_id: '{"device":"x"}' },
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'count to 1', priority: 2 }], mood: 'good' },
      {
        role: 'assistant',
        content: [
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'so' },
        ],
      },
      { role: 'user', content: 'count to 1' },
    ],
    tools: [{ name: 'f', input_schema: {}, defer_loading: true }],
  };
  const { response } = await send(fields);
  expect(response.status).toBe(200);
  expect(decodeURIComponent(response.headers.get('x-impetus-ignored') ?? '')).toBe(
    'metadata, context_management, messages[].mood, messages[].content[].priority, ' +
      'messages[].content[].redacted_thinking, tools[].defer_loading',
  );
  const strict = await send(fields, { 'x-impetus-strict': '1' });
  expect(strict.response.status).toBe(400);
  expect(strict.body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
});

test(
  'a system message is taken anywhere; behind the user’s it goes before it',
  verifies(['API-02'], { breaks: 'src/main/api/anthropic/message-fields.ts#decodeMessages' }, async () => {
    const { response, request } = await send({
      system: 'base',
      messages: [
        { role: 'system', content: 'first' },
        { role: 'user', content: 'one' },
        { role: 'system', content: [{ type: 'text', text: 'reminder' }] },
        { role: 'assistant', content: 'two' },
        { role: 'user', content: 'three' },
        { role: 'system', content: 'last' },
      ],
    });
    expect(response.status).toBe(200);
    expect(request?.prompt).toEqual({
      type: 'chat',
      messages: [
        { role: 'system', content: 'base' },
        { role: 'system', content: 'first' },
        { role: 'system', content: 'reminder' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'two' },
        { role: 'system', content: 'last' },
        { role: 'user', content: 'three' },
      ],
    });
  }),
);

test('tools of the server and pictures are refused with their place', async () => {
  const search = await send({ tools: [...tools, { type: 'web_search_20250305', name: 'web_search' }] });
  expect(search.response.status).toBe(400);
  expect(search.body).toMatchObject({
    error: {
      type: 'invalid_request_error',
      message: expect.stringContaining('"tools[1].type" is not supported here: "web_search_20250305"') as string,
    },
  });
  const source = { type: 'base64', media_type: 'image/png', data: 'AA==' };
  const picture = await send({ messages: [{ role: 'user', content: [{ type: 'image', source }] }] });
  expect(picture.response.status).toBe(400);
  expect(picture.body).toMatchObject({
    error: { message: expect.stringContaining('messages[0].content[0]') as string },
  });
});
