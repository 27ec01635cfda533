import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';
import { post } from './wire.ts';

const messages = [{ role: 'user', content: 'count to 2' }];
const chunk = (rest: string) =>
  `data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":TIME,"model":"test-model","system_fingerprint":"impetus-1.2.3","choices":${rest}}\n\n`;
const textChunk = (rest: string) =>
  `data: {"id":"cmpl-ID","object":"text_completion","created":TIME,"model":"test-model","system_fingerprint":"impetus-1.2.3","choices":${rest}}\n\n`;
const timings = (cached: number, prompt: number, predicted: number) =>
  `"timings":{"cache_n":${cached},"prompt_n":${prompt},"prompt_ms":MS,"prompt_per_token_ms":MS,"prompt_per_second":MS,"predicted_n":${predicted},"predicted_ms":MS,"predicted_per_token_ms":MS,"predicted_per_second":MS}`;

describe('chat, streamed', () => {
  test('role, text, end, [DONE]; timings on the last chunk, no usage unless asked', async () => {
    const { headers, text } = await post(await startTestServer(), '/v1/chat/completions', { messages, stream: true });
    expect(text).toBe(
      [
        chunk('[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]'),
        chunk('[{"index":0,"delta":{"content":"1"},"logprobs":null,"finish_reason":null}]'),
        chunk('[{"index":0,"delta":{"content":" 2"},"logprobs":null,"finish_reason":null}]'),
        chunk(`[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],${timings(0, 8, 2)}`),
        'data: [DONE]\n\n',
      ].join(''),
    );
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });

  test(
    'usage comes in one chunk of its own, at the end, only when asked for',
    verifies(['API-05'], { breaks: 'src/main/api/openai/usage.ts#encodeUsage' }, async () => {
      const server = await startTestServer();
      const { text } = await post(server, '/v1/chat/completions', {
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const frames = text.split(/(?<=\n\n)/);
      expect(frames.slice(-3)).toEqual([
        chunk('[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]'),
        chunk(
          `[],"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},${timings(0, 8, 2)}`,
        ),
        'data: [DONE]\n\n',
      ]);
      expect(frames.slice(0, -2).join('')).not.toContain('"usage"');
      for (const include_usage of [false, null]) {
        const quiet = await post(server, '/v1/chat/completions', {
          messages,
          stream: true,
          stream_options: { include_usage },
        });
        expect(quiet.text).not.toContain('"usage"');
      }
    }),
  );

  test('a limit ends it with length, a stop text with stop, and the stop text is not said', async () => {
    const server = await startTestServer();
    const limited = await post(server, '/v1/chat/completions', { messages, stream: true, max_tokens: 1 });
    expect(limited.text).toContain('"delta":{},"logprobs":null,"finish_reason":"length"');
    const stopped = await post(server, '/v1/chat/completions', { messages, stream: true, stop: ' 2' });
    expect(stopped.text).toContain('"finish_reason":"stop"');
    expect(stopped.text).not.toContain('2"}');
  });

  test('several choices carry their index, and one prompt is counted once', async () => {
    const { text } = await post(await startTestServer(), '/v1/chat/completions', {
      messages,
      n: 2,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = text
      .split('\n\n')
      .filter((frame) => frame.startsWith('data: {'))
      .map(
        (frame) =>
          JSON.parse(frame.slice(6).replaceAll(/TIME|MS/g, '0')) as {
            choices: { index: number; delta: { content?: string } }[];
            usage?: { prompt_tokens: number; completion_tokens: number };
          },
      );
    const textOf = (index: number) =>
      chunks
        .flatMap(({ choices }) => choices)
        .filter((choice) => choice.index === index)
        .map(({ delta }) => delta.content ?? '')
        .join('');
    expect([textOf(0), textOf(1)]).toEqual(['1 2', '1 2']);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 });
  });
});

test('chat, as a whole', async () => {
  const { headers, text } = await post(await startTestServer(), '/v1/chat/completions', { messages });
  expect(text).toBe(
    '{"id":"chatcmpl-ID","object":"chat.completion","created":TIME,"model":"test-model","system_fingerprint":"impetus-1.2.3","service_tier":"default",' +
      '"choices":[{"index":0,"message":{"role":"assistant","content":"1 2","refusal":null},"logprobs":null,"finish_reason":"stop"}],' +
      '"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},' +
      `${timings(0, 8, 2)}}`,
  );
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
});

test('an empty answer is an empty text, not a missing one', async () => {
  const { text } = await post(await startTestServer(), '/v1/chat/completions', { messages, max_tokens: 0 });
  expect(text).toContain('"message":{"role":"assistant","content":"","refusal":null}');
  expect(text).toContain('"finish_reason":"length"');
});

describe('completions', () => {
  test('streamed: text chunks, end, usage, [DONE]', async () => {
    const { text } = await post(await startTestServer(), '/v1/completions', {
      prompt: 'count to 2',
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(text).toBe(
      [
        textChunk('[{"text":"1","index":0,"logprobs":null,"finish_reason":null}]'),
        textChunk('[{"text":" 2","index":0,"logprobs":null,"finish_reason":null}]'),
        textChunk('[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]'),
        textChunk(
          `[],"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},${timings(0, 4, 2)}`,
        ),
        'data: [DONE]\n\n',
      ].join(''),
    );
  });

  test('as a whole, several prompts with several choices each, in the order of the prompts', async () => {
    const { text } = await post(await startTestServer(), '/v1/completions', {
      prompt: ['count to 1', 'count to 3'],
      n: 2,
    });
    const answer = JSON.parse(text.replaceAll(/TIME|MS/g, '0')) as {
      choices: { text: string; index: number }[];
      usage: object;
    };
    expect(answer.choices.map(({ text: said, index }) => [index, said])).toEqual([
      [0, '1'],
      [1, '1'],
      [2, '1 2 3'],
      [3, '1 2 3'],
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 8 });
  });

  test('echo puts the prompt before the answer, as text also when it was sent as tokens', async () => {
    const server = await startTestServer();
    const whole = await post(server, '/v1/completions', { prompt: 'count to 2', echo: true });
    expect(whole.text).toContain('"text":"count to 21 2"');
    const streamed = await post(server, '/v1/completions', { prompt: 'count to 1', echo: true, stream: true });
    expect(streamed.text.split('\n\n')[0]).toContain('"text":"count to 1"');
    const { tokens } = await server.inference.tokenize(
      { prompt: { type: 'text', text: 'count to 2' }, addSpecial: false },
      { signal: new AbortController().signal, requestId: 'test' },
    );
    const fromTokens = await post(server, '/v1/completions', { prompt: tokens, echo: true });
    expect(fromTokens.text).toContain('"text":"count to 21 2"');
  });
});

test('a failure after the first word is an event of the stream, and nothing follows it', async () => {
  const { text } = await post(await startTestServer(), '/v1/chat/completions', {
    messages: [{ role: 'user', content: 'fail engine-stalled after 1' }],
    stream: true,
  });
  const frames = text.split('\n\n');
  expect(frames[1]).toContain('"delta":{"content":"1"}');
  expect(JSON.parse(String(frames[2]).slice('data: '.length))).toMatchObject({
    error: { type: 'unavailable_error', code: 'engine_stalled', param: null },
  });
  expect(frames.slice(3)).toEqual(['']);
});
