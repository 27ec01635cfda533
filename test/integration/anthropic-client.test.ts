import Anthropic, { BadRequestError, InternalServerError, NotFoundError, RateLimitError } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const clientOf = (url: string, maxRetries = 0) => new Anthropic({ baseURL: url, apiKey: 'none', maxRetries });
const user = (content: string) => [{ role: 'user' as const, content }];
const base = { model: 'test-model', max_tokens: 100 };
const weather = {
  name: 'get_weather',
  description: 'Tells the weather.',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
};

describe('answers', () => {
  test('a message as a whole, with the id of the request', async () => {
    const { url } = await startTestServer();
    const answer = await clientOf(url).messages.create({ ...base, messages: user('count to 3') });
    expect(answer).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'test-model',
      content: [{ type: 'text', text: '1 2 3' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 8, output_tokens: 3, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
    expect(answer.id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(answer._request_id).toMatch(/^req_[0-9a-z]+$/);
  });

  test('a message as a stream is the same: thinking, text and a call', async () => {
    const { url } = await startTestServer();
    const request = {
      ...base,
      messages: user('think of it then say so then call get_weather {"city":"Bern"}'),
      tools: [weather],
      thinking: { type: 'enabled' as const, budget_tokens: 1024 },
    };
    const whole = await clientOf(url).messages.create(request);
    const streamed = await clientOf(url).messages.stream(request).finalMessage();
    expect(whole.content).toEqual([
      { type: 'thinking', thinking: 'of it', signature: 'impetus' },
      { type: 'text', text: 'so', citations: null },
      { type: 'tool_use', id: 'toolu_scripted0', name: 'get_weather', input: { city: 'Bern' } },
    ]);
    expect(whole.stop_reason).toBe('tool_use');
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('tool_use');
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    const total = ({ usage }: typeof whole) => usage.input_tokens + (usage.cache_read_input_tokens ?? 0);
    expect(total(streamed)).toBe(total(whole));
  });

  test('a round trip with a tool: the call comes back under the id it was made with', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const ask = user('call get_weather {"city":"Bern"}');
    const first = await client.messages.create({ ...base, messages: ask, tools: [weather] });
    const [call] = first.content;
    if (call?.type !== 'tool_use') throw new Error('There is no call.');
    const second = await client.messages.create({
      ...base,
      tools: [weather],
      messages: [
        ...ask,
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: call.id, content: [{ type: 'text', text: 'sunny' }] },
            { type: 'tool_result', tool_use_id: 'toolu_other', content: 'no such place', is_error: true },
          ],
        },
      ],
    });
    expect(requests[1]?.prompt).toMatchObject({
      messages: [
        { role: 'user', content: 'call get_weather {"city":"Bern"}' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'call_scripted0', name: 'get_weather', arguments: '{"city":"Bern"}' }],
        },
        { role: 'tool', content: 'sunny', toolCallId: 'call_scripted0' },
        { role: 'tool', content: 'Error: no such place', toolCallId: 'call_other' },
      ],
    });
    expect(second.content).toMatchObject([{ type: 'text', text: 'The tool said: Error: no such place' }]);
  });

  test('thinking that is not shown comes back within its signature', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const thinking = { type: 'adaptive' as const, display: 'omitted' as const };
    const ask = user('think of Zürich then say so');
    const whole = await client.messages.create({ ...base, messages: ask, thinking });
    const streamed = await client.messages.stream({ ...base, messages: ask, thinking }).finalMessage();
    for (const { content } of [whole, streamed]) {
      expect(content[0]).toMatchObject({ type: 'thinking', thinking: '' });
      await client.messages.create({
        ...base,
        messages: [...ask, { role: 'assistant', content }, ...user('count to 1')],
        thinking,
      });
      expect(requests.at(-1)?.prompt).toMatchObject({
        messages: [{}, { role: 'assistant', content: 'so', reasoning: 'of Zürich' }, {}],
      });
    }
  });

  test('what was kept of a prompt is counted apart, in the whole answer and in the stream', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const messages = user('count to 2');
    await client.messages.create({ ...base, messages });
    const again = await client.messages.create({ ...base, messages });
    expect(again.usage).toMatchObject({ input_tokens: 1, cache_read_input_tokens: 7 });
    const streamed = await client.messages.stream({ ...base, messages }).finalMessage();
    expect(streamed.usage).toMatchObject({ input_tokens: 1, cache_read_input_tokens: 7, output_tokens: 2 });
  });

  test('a stop text, a limit and a full context each have their reason', async () => {
    const { url } = await startTestServer({ settings: { contextSize: 16 } });
    const client = clientOf(url);
    const stopped = await client.messages.create({ ...base, messages: user('count to 5'), stop_sequences: [' 3'] });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' 3', content: [{ text: '1 2' }] });
    const limited = await client.messages.create({ ...base, max_tokens: 2, messages: user('count to 5') });
    expect(limited.stop_reason).toBe('max_tokens');
    const full = await client.messages.create({ ...base, messages: user('count to 50') });
    expect(full.stop_reason).toBe('model_context_window_exceeded');
  });

  test('a count is what the message then costs', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const request = { model: 'test-model', system: 'Be brief.', messages: user('count to 2'), tools: [weather] };
    const counted = await client.messages.countTokens(request);
    const answer = await client.messages.create({ ...request, max_tokens: 5 });
    expect(counted.input_tokens).toBe(answer.usage.input_tokens + (answer.usage.cache_read_input_tokens ?? 0));
  });

  test('two at once both end; leaving one frees its sequence', async () => {
    const { url, scheduler } = await startTestServer({ msPerToken: 5, settings: { slots: 1 } });
    const client = clientOf(url);
    const both = await Promise.all(
      ['count to 4', 'count to 5'].map((text) => client.messages.create({ ...base, messages: user(text) })),
    );
    expect(both.map(({ content }) => content)).toMatchObject([[{ text: '1 2 3 4' }], [{ text: '1 2 3 4 5' }]]);
    const stream = client.messages.stream({ ...base, max_tokens: 5_000, messages: user('count to 5000') });
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    const next = await client.messages.create({ ...base, messages: user('count to 2') });
    expect(next.content).toMatchObject([{ text: '1 2' }]);
    expect((await scheduler.peek('test-model')?.stats())?.sequences).toMatchObject([{ state: 'idle' }]);
  });
});

describe('errors, as the client’s classes', () => {
  test(
    'an over-long prompt is told in the words that Claude Code reads, at once and once',
    verifies(['API-29'], { breaks: 'src/main/api/anthropic/errors.ts#encodeError' }, async () => {
      const { url, requests } = await startTestServer({ settings: { contextSize: 64 } });
      for (const stream of [false, true]) {
        const asked = requests.length;
        const failure = clientOf(url, 2).messages.create({ ...base, messages: user('word '.repeat(200)), stream });
        await expect(failure).rejects.toBeInstanceOf(BadRequestError);
        await expect(failure).rejects.toMatchObject({
          status: 400,
          type: 'invalid_request_error',
          apiMessage: expect.stringMatching(/^prompt is too long: \d+ tokens > 64 maximum$/) as string,
        });
        expect(requests.length - asked).toBe(1);
      }
    }),
  );

  test('a limit beyond the context is lowered to it, not refused', async () => {
    const { url } = await startTestServer({ settings: { contextSize: 1_024 } });
    const stream = clientOf(url).messages.stream({ ...base, max_tokens: 32_000, messages: user('count to 2000') });
    const answer = await stream.finalMessage();
    expect(answer.stop_reason).toBe('model_context_window_exceeded');
    expect(answer.usage.input_tokens + answer.usage.output_tokens).toBe(1_024);
  });

  test('an unknown model, a value out of bounds, a field that is missing', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const unknown = client.messages.create({ ...base, model: 'claude-x', messages: user('x') });
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError);
    await expect(unknown).rejects.toMatchObject({
      type: 'not_found_error',
      requestID: expect.stringMatching(/^req_/) as string,
      error: { type: 'error', request_id: expect.stringMatching(/^req_/) as string },
    });
    const hot = client.messages.create({ ...base, messages: user('x'), temperature: 9 } as never);
    await expect(hot).rejects.toMatchObject({
      status: 400,
      apiMessage: expect.stringContaining('"temperature"') as string,
    });
    const empty = client.messages.create({ ...base } as never);
    await expect(empty).rejects.toMatchObject({ apiMessage: '"messages" is not valid: it is missing.' });
  });

  test('a full queue and an engine that dies are overload, before the first byte and after it', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const full = client.messages.create({ ...base, messages: user('fail queue-full') });
    await expect(full).rejects.toBeInstanceOf(RateLimitError);
    await expect(full).rejects.toMatchObject({ status: 429, type: 'rate_limit_error' });
    const dead = client.messages.create({ ...base, messages: user('fail engine-crashed') });
    await expect(dead).rejects.toBeInstanceOf(InternalServerError);
    await expect(dead).rejects.toMatchObject({ status: 529, type: 'overloaded_error' });
    let text = '';
    const stream = client.messages.stream({ ...base, messages: user('fail engine-crashed after 2') });
    stream.on('text', (piece) => {
      text += piece;
    });
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' });
    expect(text).toBe('1 2');
  });

  test('what stands before any route has the words of the path', async () => {
    const { url } = await startTestServer();
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${url}${path}`, init);
      return {
        status: response.status,
        allow: response.headers.get('allow'),
        body: (await response.json()) as unknown,
      };
    };
    const error = (type: string) => ({ type: 'error', error: { type }, request_id: expect.any(String) as string });
    expect(await ask('/v1/messages/batches', { method: 'POST' })).toMatchObject({
      status: 404,
      body: error('not_found_error'),
    });
    expect(await ask('//v1//messages/', { method: 'PUT' })).toMatchObject({
      status: 405,
      allow: 'POST, OPTIONS',
      body: error('invalid_request_error'),
    });
    expect(await ask('/v1/messages?beta=true', { method: 'POST', body: '{' })).toMatchObject({
      status: 400,
      body: error('invalid_request_error'),
    });
    expect(await ask('/v1/messages', { method: 'POST', headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
      body: error('permission_error'),
    });
    expect(await ask('/v1/nowhere', { headers: { 'anthropic-version': '2023-06-01' } })).toMatchObject({
      status: 404,
      body: error('not_found_error'),
    });
    expect(await ask('/v1/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'route_not_found' } } });
  });
});

describe('models', () => {
  const records = [
    makeModelRecord({ id: 'alpha', aliases: ['publisher/repo/q4'] }),
    makeModelRecord({ id: 'test-model' }),
    makeModelRecord({ id: 'zulu' }),
  ];

  test('are listed page by page in the shape of this API, and in OpenAI’s for everybody else', async () => {
    const { url } = await startTestServer({ records });
    const ids: string[] = [];
    for await (const model of clientOf(url).models.list({ limit: 2 })) ids.push(model.id);
    expect(ids).toEqual(['test-model', 'alpha', 'zulu']);
    expect(await clientOf(url).models.retrieve('publisher/repo/q4')).toMatchObject({
      type: 'model',
      id: 'alpha',
      display_name: 'Test Model',
      created_at: '2026-11-21T12:00:00.000Z',
      max_input_tokens: 8192,
    });
    await expect(clientOf(url).models.retrieve('nobody')).rejects.toMatchObject({ type: 'not_found_error' });
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ object: 'list' });
  });
});

test('a session as Claude Code begins it: a greeting, then a first turn with all it sends', async () => {
  const { url, requests } = await startTestServer({ settings: { contextSize: 8192 } });
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  const ephemeral = { cache_control: { type: 'ephemeral' } };
  const response = await fetch(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer any',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14,effort-2025-11-24',
      'x-app': 'cli',
    },
    body: JSON.stringify({
      model: 'test-model',
      max_tokens: 32_000,
      stream: true,
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.197.abc; cc_entrypoint=cli;' },
        { type: 'text', text: 'You are Claude Code.', ...ephemeral },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'count to 2', ...ephemeral }] },
        { role: 'system', content: '# Context' },
      ],
      tools: [{ name: 'Bash', description: 'Runs.', input_schema: { $schema: 'x', type: 'object', properties: {} } }],
      thinking: { type: 'adaptive' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { effort: 'high' },
      metadata: { user_id: '{"device_id":"d"}' },
    }),
  });
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('x-impetus-ignored')).toBe('metadata');
  expect(text).toContain('"stop_reason":"end_turn"');
  expect(text).toContain('"context_management":{"applied_edits":[]}');
  expect(requests[0]?.prompt).toMatchObject({
    messages: [{ role: 'system' }, { role: 'system', content: '# Context' }, { role: 'user', content: 'count to 2' }],
  });
});
