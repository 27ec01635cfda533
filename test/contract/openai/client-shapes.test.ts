import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { post, toChoices } from './wire.ts';

const parameters = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { path: { type: 'string' }, line: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
  required: ['path'],
  additionalProperties: false,
};
const names = ['read_file', 'mcp.files-search', 'use__tool', 'done'];
const tools = names.map((name, index) => ({
  type: 'function',
  function: { name, description: `Does ${name}`, parameters: index === 3 ? {} : parameters },
}));

const system = { role: 'system', content: 'You are an agent.' };
const stream = { stream: true, stream_options: { include_usage: true } };
const called = [{ id: 'call_1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.ts"}' } }];

/** What the agents of today send in a turn after a tool call, key by key; the last message asks for the next one. */
const shapes = {
  Cline: {
    model: 'test-model',
    messages: [
      system,
      { role: 'user', content: 'Read a.ts' },
      { role: 'assistant', content: null, tool_calls: called },
      { role: 'tool', tool_call_id: 'call_1', content: 'export {};' },
    ],
    tools,
    tool_choice: 'auto',
    ...stream,
  },
  'Continue CLI': {
    model: 'test-model',
    messages: [
      system,
      { role: 'user', content: 'Read a.ts' },
      { role: 'assistant', content: '', tool_calls: called },
      { role: 'tool', tool_call_id: 'call_1', content: 'export {};' },
    ],
    tools,
    ...stream,
  },
  opencode: {
    model: 'test-model',
    max_tokens: 32_000,
    messages: [
      system,
      { role: 'user', content: 'Read a.ts' },
      { role: 'assistant', content: '', tool_calls: called, reasoning_content: 'I should read it.' },
      { role: 'tool', tool_call_id: 'call_1', content: 'export {};' },
    ],
    tools,
    tool_choice: 'auto',
    ...stream,
  },
  'Qwen Code': {
    model: 'test-model',
    messages: [
      system,
      { role: 'user', content: [{ type: 'text', text: 'Read a.ts' }] },
      { role: 'assistant', content: 'Reading', tool_calls: called },
      { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'export {};' }] },
    ],
    tools,
    max_tokens: 8_000,
    ...stream,
  },
};

describe.each(Object.entries(shapes))('%s', (_, body) => {
  test('is understood to the last key, and the tool’s result is answered', async () => {
    const server = await startTestServer();
    const { status, headers, text } = await post(server, '/v1/chat/completions', body);
    expect(status).toBe(200);
    expect(headers.get('x-impetus-ignored')).toBeNull();
    const said = toChoices(text).map((choice) => /"content":"([^"]*)"/.exec(choice)?.[1] ?? '');
    expect(said.join('')).toBe('The tool said: export {};');
    expect(server.requests[0]?.prompt).toMatchObject({
      messages: [
        { role: 'system' },
        { role: 'user', content: 'Read a.ts' },
        { role: 'assistant', toolCalls: [{ id: 'call_1', name: 'read_file', arguments: '{"path":"a.ts"}' }] },
        { role: 'tool', toolCallId: 'call_1', content: 'export {};' },
      ],
      tools: names.map((name, index) => ({ name, parameters: index === 3 ? {} : parameters })),
    });
  });

  test('is called back in the words it knows', async () => {
    const next = { role: 'user', content: 'call mcp.files-search {"path":"b.ts"}' };
    const { text } = await post(await startTestServer(), '/v1/chat/completions', {
      ...body,
      messages: [...body.messages, next],
    });
    expect(toChoices(text)[1]).toContain(
      '"tool_calls":[{"index":0,"id":"call_scripted0","type":"function","function":{"name":"mcp.files-search","arguments":""}}]',
    );
    expect(text).toContain('"finish_reason":"tool_calls"');
  });
});

test('a title is asked for beside the main request: system, user, user', async () => {
  const server = await startTestServer({ settings: { slots: 2 } });
  const title = {
    model: 'test-model',
    max_tokens: 100,
    messages: [system, { role: 'user', content: 'Generate a title' }, { role: 'user', content: 'echo Reading' }],
    ...stream,
  };
  const [first, second] = await Promise.all([
    post(server, '/v1/chat/completions', title),
    post(server, '/v1/chat/completions', shapes.opencode),
  ]);
  expect(first.text).toContain('"content":"Reading"');
  expect(second.text.endsWith('data: [DONE]\n\n')).toBe(true);
});
