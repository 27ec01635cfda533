import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { post } from './wire.ts';

const messages = [{ role: 'user', content: 'count to 2' }];
const frames = (text: string) => text.split('\n\n').filter((frame) => frame.startsWith('data: {'));

describe('a stream, on request', () => {
  test('tells how much of the prompt is read', async () => {
    const server = await startTestServer();
    const chat = await post(server, '/v1/chat/completions', { messages, stream: true, return_progress: true });
    expect(frames(chat.text)[1]).toContain(
      '"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":null}],"prompt_progress":{"total":8,"cache":0,"processed":8,"time_ms":MS}}',
    );
    const completion = await post(server, '/v1/completions', { prompt: 'a b', stream: true, return_progress: true });
    expect(frames(completion.text)[0]).toContain(
      '"choices":[{"text":"","index":0,"logprobs":null,"finish_reason":null}],"prompt_progress":{"total":3,',
    );
  });

  test('carries timings with every piece of text', async () => {
    const body = { messages, stream: true, timings_per_token: true };
    const { text } = await post(await startTestServer(), '/v1/chat/completions', body);
    const counts = frames(text).map((frame) => /"predicted_n":(\d+)/.exec(frame)?.[1]);
    expect(counts).toEqual([undefined, '1', '2', '2']);
    expect(frames(text)[1]).toContain('"timings":{"cache_n":0,"prompt_n":8,');
  });

  test('without one both are named as ignored', async () => {
    const body = { messages, return_progress: true, timings_per_token: true };
    const { headers } = await post(await startTestServer(), '/v1/chat/completions', body);
    expect(headers.get('x-impetus-ignored')).toBe('return_progress, timings_per_token');
  });
});

test('a chat request is counted without being answered', async () => {
  const server = await startTestServer();
  const body = { model: 'test-model', messages, tools: [], temperature: 0 };
  const { text } = await post(server, '/v1/chat/completions/input_tokens', body);
  expect(JSON.parse(text)).toEqual({ input_tokens: 8, object: 'response.input_tokens' });
  expect(server.requests).toEqual([]);
  const answer = await post(server, '/v1/chat/completions', body);
  expect(answer.text).toContain('"prompt_tokens":8,');
});

test('a count of a broken request is refused like the request', async () => {
  const { status, text } = await post(await startTestServer(), '/v1/chat/completions/input_tokens', { messages: [] });
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { param: 'messages' } });
});
