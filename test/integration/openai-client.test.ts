import OpenAI, { BadRequestError, InternalServerError, NotFoundError, PermissionDeniedError } from 'openai';
import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

function clientOf(url: string, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, defaultHeaders: headers });
}

const user = (content: string) => [{ role: 'user' as const, content }];

describe('answers', () => {
  test('chat as a whole, with the id of the request', async () => {
    const { url } = await startTestServer();
    const answer = await clientOf(url).chat.completions.create({ model: 'test-model', messages: user('count to 3') });
    expect(answer.choices[0]).toMatchObject({ message: { content: '1 2 3' }, finish_reason: 'stop' });
    expect(answer.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 });
    expect(answer._request_id).toMatch(/^req_[0-9a-z]+$/);
  });

  test('chat as a stream is the same text', async () => {
    const { url } = await startTestServer();
    const stream = await clientOf(url).chat.completions.create({
      model: 'test-model',
      messages: user('echo Grüße, 世界 👋'),
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('Grüße, 世界 👋');
  });

  test('completions, both ways', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const whole = await client.completions.create({ model: 'test-model', prompt: 'count to 2' });
    expect(whole.choices[0]?.text).toBe('1 2');
    let text = '';
    for await (const chunk of await client.completions.create({
      model: 'test-model',
      prompt: 'count to 2',
      stream: true,
    })) {
      text += chunk.choices[0]?.text ?? '';
    }
    expect(text).toBe('1 2');
  });

  test('without a model the default answers, and the answer names it; an alias is echoed', async () => {
    const records = [makeModelRecord({ id: 'test-model', aliases: ['gpt-4o'] })];
    const { url } = await startTestServer({ records });
    const post = (body: object) =>
      fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ messages: user('x'), ...body }) });
    const byDefault = await post({});
    expect(await byDefault.json()).toMatchObject({ model: 'test-model' });
    expect(byDefault.headers.get('x-impetus-applied')).toBeNull();
    const byAlias = await post({ model: 'gpt-4o' });
    expect(await byAlias.json()).toMatchObject({ model: 'gpt-4o' });
    expect(byAlias.headers.get('x-impetus-applied')).toBe('model=test-model');
  });

  test(
    'two requests at once both end, and each has its first byte within a second',
    verifies(['API-11', 'API-27'], { breaks: 'src/main/inference/generate-text.ts#generateText' }, async () => {
      const { url } = await startTestServer({ msPerToken: 40, settings: { slots: 1 } });
      const begun = performance.now();
      const ask = async () => {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          body: JSON.stringify({ messages: user('count to 60'), stream: true }),
        });
        const reader = response.body?.getReader();
        await reader?.read();
        const firstByteMs = performance.now() - begun;
        let text = '';
        for (;;) {
          const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
          if (done) return { firstByteMs, isWhole: text.endsWith('data: [DONE]\n\n') };
          text += new TextDecoder().decode(value);
        }
      };
      const [first, second] = await Promise.all([ask(), ask()]);
      expect(first.isWhole && second.isWhole).toBe(true);
      expect(Math.max(first.firstByteMs, second.firstByteMs)).toBeLessThan(1000);
    }),
  );
});

describe('models', () => {
  const records = [
    makeModelRecord({ id: 'alpha', aliases: ['publisher/repo/q4'] }),
    makeModelRecord({ id: 'test-model' }),
    makeModelRecord({ id: 'zulu' }),
  ];

  test('loaded first, then the default, then by name', async () => {
    const { url } = await startTestServer({ records });
    const client = clientOf(url);
    await client.chat.completions.create({ model: 'zulu', messages: user('x') });
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(['zulu', 'test-model', 'alpha']);
  });

  test(
    'an id with slashes is found, escaped or not, with and without /v1',
    verifies(['API-14'], { breaks: 'src/main/api/openai/models/routes.ts#modelRoutes' }, async () => {
      const { url } = await startTestServer({ records });
      expect(await clientOf(url).models.retrieve('publisher/repo/q4')).toMatchObject({ id: 'alpha' });
      for (const path of [
        '/v1/models/publisher%2Frepo%2Fq4',
        '/v1/models/publisher/repo/q4',
        '/models/publisher%2frepo%2fq4',
        '//v1//models/alpha/',
      ]) {
        expect(await (await fetch(`${url}${path}`)).json()).toMatchObject({ id: 'alpha', object: 'model' });
      }
    }),
  );
});

describe('errors, as the client’s classes', () => {
  test(
    'an unknown model is not found, and the message names the nearest',
    verifies(['S3-37'], { breaks: 'src/main/api/openai/errors.ts#encodeError' }, async () => {
      const { url } = await startTestServer();
      const failure = clientOf(url).chat.completions.create({ model: 'gpt-9', messages: user('x') });
      await expect(failure).rejects.toBeInstanceOf(NotFoundError);
      await expect(failure).rejects.toMatchObject({
        status: 404,
        code: 'model_not_found',
        param: 'model',
        type: 'invalid_request_error',
        message: '404 There is no model "gpt-9". The nearest names are test-model.',
      });
      const missing = clientOf(url).models.retrieve('gpt-9');
      await expect(missing).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    }),
  );

  test(
    'a prompt beyond the context is told with both numbers, streamed or not',
    verifies(['API-15'], { breaks: 'src/main/api/openai/errors.ts#encodeError' }, async () => {
      const { url } = await startTestServer({ settings: { contextSize: 64 } });
      for (const stream of [false, true]) {
        const failure = clientOf(url).chat.completions.create({
          model: 'test-model',
          messages: user('word '.repeat(200)),
          stream,
        });
        await expect(failure).rejects.toBeInstanceOf(BadRequestError);
        await expect(failure).rejects.toMatchObject({
          status: 400,
          code: 'context_length_exceeded',
          type: 'invalid_request_error',
          error: { n_ctx: 64 },
        });
        await expect(failure).rejects.toThrow(/maximum context length is 64 tokens.*resulted in \d+ tokens/);
      }
    }),
  );

  test(
    'a limit beyond what the prompt leaves of the context is lowered to it, not refused',
    verifies(['API-17'], { breaks: 'src/main/api/openai/usage.ts#encodeUsage' }, async () => {
      const { url } = await startTestServer({ settings: { contextSize: 32_768 } });
      const { choices, usage } = await clientOf(url).chat.completions.create({
        model: 'test-model',
        messages: [{ role: 'system', content: 'word '.repeat(20_000) }, ...user('count to 14000')],
        max_tokens: 32_000,
      });
      const promptTokens = usage?.prompt_tokens ?? 0;
      expect(promptTokens).toBeGreaterThan(20_000);
      expect(choices[0]?.finish_reason).toBe('length');
      expect(usage?.completion_tokens).toBe(32_768 - promptTokens);
    }),
  );

  test(
    'a value out of bounds names its parameter',
    verifies(['S3-31'], { breaks: 'src/main/api/validate.ts#validate' }, async () => {
      const { url } = await startTestServer();
      const failure = clientOf(url).chat.completions.create({
        model: 'test-model',
        messages: user('x'),
        temperature: 9,
      });
      await expect(failure).rejects.toBeInstanceOf(BadRequestError);
      await expect(failure).rejects.toMatchObject({ param: 'temperature', type: 'invalid_request_error' });
    }),
  );

  test('a field that cannot be honoured is refused, not dropped', async () => {
    const { url } = await startTestServer();
    const failure = clientOf(url).chat.completions.create({
      model: 'test-model',
      messages: user('x'),
      modalities: ['text', 'audio'],
    });
    await expect(failure).rejects.toMatchObject({ status: 400, code: 'unsupported_field', param: 'modalities' });
  });

  test('an engine that dies before the first byte is an error of the server, after it an event', async () => {
    const { url } = await startTestServer();
    const atOnce = clientOf(url).chat.completions.create({
      model: 'test-model',
      messages: user('fail engine-crashed'),
    });
    await expect(atOnce).rejects.toBeInstanceOf(InternalServerError);
    const stream = await clientOf(url).chat.completions.create({
      model: 'test-model',
      messages: user('fail engine-crashed after 2'),
      stream: true,
    });
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toMatchObject({ code: 'engine_crashed' });
    expect(text).toBe('1 2');
  });

  test('a paused server says when to come back; resumed it answers', async () => {
    const { url, inference } = await startTestServer();
    inference.pause();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: user('x') }),
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ error: { code: 'server_paused', type: 'unavailable_error' } });
    inference.resume();
    const answer = await clientOf(url).chat.completions.create({ model: 'test-model', messages: user('count to 1') });
    expect(answer.choices[0]?.message.content).toBe('1');
  });

  test('a page’s foreign origin is no permission', async () => {
    const { url } = await startTestServer();
    const failure = clientOf(url, { origin: 'https://evil.example' }).models.list();
    await expect(failure).rejects.toBeInstanceOf(PermissionDeniedError);
  });
});

test('leaving the loop frees the sequence, and the next request gets it', async () => {
  const { url, scheduler } = await startTestServer({ msPerToken: 5, settings: { slots: 1 } });
  const client = clientOf(url);
  const stream = await client.chat.completions.create({
    model: 'test-model',
    messages: user('count to 5000'),
    stream: true,
  });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === ' 3') break;
  const answer = await client.chat.completions.create({ model: 'test-model', messages: user('count to 2') });
  expect(answer.choices[0]?.message.content).toBe('1 2');
  expect((await scheduler.peek('test-model')?.stats())?.sequences).toMatchObject([{ state: 'idle' }]);
});
