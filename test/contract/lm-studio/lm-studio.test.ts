import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

async function ask({ url }: TestServer, target: string, body?: object) {
  const response = await fetch(`${url}${target}`, body ? { method: 'POST', body: JSON.stringify(body) } : {});
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) as unknown };
}

const traits = { gives: 'text', presentsTools: true, thinks: false, fillsIn: false } as const;
const zoo: TestServerOptions = {
  records: [
    makeModelRecord({ id: 'chat', aliases: ['Qwen/Qwen3-GGUF/Q4_1', 'qwen3:q4_1'], facts: { traits } }),
    makeModelRecord({ id: 'vectors', facts: { traits: { ...traits, gives: 'vectors', presentsTools: false } } }),
    makeModelRecord({ id: 'scores', facts: { traits: { ...traits, gives: 'scores', presentsTools: false } } }),
    makeModelRecord({ id: 'odd', facts: { trainedContext: null, parameterCount: null, architecture: 'new-arch' } }),
  ],
  settings: { defaultModel: 'chat' },
};

describe('v0', () => {
  test(
    'every entry has only the words that strict readers know',
    verifies(['API-10'], { breaks: 'src/main/api/lm-studio/encode.ts#encodeEntry' }, async () => {
      const server = await startTestServer(zoo);
      await ask(server, '/api/v1/models/load', { model: 'chat' });
      const { data } = (await ask(server, '/api/v0/models')).json() as { data: Record<string, unknown>[] };
      expect(data.map(({ id }) => id)).toEqual(['chat', 'odd', 'vectors']);
      for (const entry of data) {
        expect(entry).toMatchObject({
          object: 'model',
          type: expect.stringMatching(/^(llm|vlm|embeddings)$/) as string,
          publisher: expect.any(String) as string,
          arch: expect.any(String) as string,
          compatibility_type: expect.stringMatching(/^(gguf|mlx)$/) as string,
          quantization: expect.any(String) as string,
          state: expect.stringMatching(/^(loaded|loading|not-loaded)$/) as string,
          max_context_length: expect.any(Number) as number,
        });
      }
      expect(data[0]).toEqual({
        id: 'chat',
        object: 'model',
        type: 'llm',
        publisher: 'Qwen',
        arch: 'llama',
        compatibility_type: 'gguf',
        quantization: 'Q4_1',
        state: 'loaded',
        max_context_length: 8192,
        loaded_context_length: 8192,
        capabilities: ['tool_use'],
      });
    }),
  );

  test('one model by its name; one that ranks is none of theirs', async () => {
    const server = await startTestServer(zoo);
    expect((await ask(server, '/api/v0/models/Qwen%2FQwen3-GGUF%2FQ4_1')).json()).toMatchObject({ id: 'chat' });
    expect((await ask(server, '/api/v0/models/scores')).status).toBe(404);
    expect((await ask(server, '/api/v0/models/nobody')).json()).toMatchObject({ error: { code: 'model_not_found' } });
  });

  const figures = {
    stats: {
      tokens_per_second: expect.any(Number) as number,
      time_to_first_token: expect.any(Number) as number,
      generation_time: expect.any(Number) as number,
      stop_reason: 'eosFound',
    },
    model_info: { arch: 'llama', quant: 'Q4_1', format: 'gguf', context_length: 8192 },
    runtime: { name: 'impetus', version: '1.2.3', supported_formats: ['gguf'] },
  };

  test('answers are OpenAI’s with figures beside them', async () => {
    const server = await startTestServer();
    const messages = [{ role: 'user', content: 'count to 2' }];
    const chat = (await ask(server, '/api/v0/chat/completions', { messages })).json();
    expect(chat).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: '1 2' } }], ...figures });
    const text = (await ask(server, '/api/v0/completions', { prompt: 'count to 2' })).json();
    expect(text).toMatchObject({ object: 'text_completion', choices: [{ text: '1 2' }], ...figures });
    const vectors = (await ask(server, '/api/v0/embeddings', { input: 'a' })).json();
    expect(vectors).toMatchObject({ object: 'list', data: [{ index: 0 }] });
    expect((await ask(server, '/v1/chat/completions', { messages })).json()).not.toHaveProperty('stats');
  });

  test.each([
    [{ max_tokens: 1 }, 'maxPredictedTokensReached'],
    [{ stop: [' 2'] }, 'stopStringFound'],
    [
      { messages: [{ role: 'user', content: 'call f {}' }], tools: [{ type: 'function', function: { name: 'f' } }] },
      'toolCalls',
    ],
  ])('%j ends with %s', async (fields, reason) => {
    const body = { messages: [{ role: 'user', content: 'count to 2' }], ...fields };
    expect((await ask(await startTestServer(), '/api/v0/chat/completions', body)).json()).toMatchObject({
      stats: { stop_reason: reason },
    });
  });

  test('the official OpenAI client streams from it; the figures come in a chunk of their own', async () => {
    const { url } = await startTestServer();
    const client = new OpenAI({ baseURL: `${url}/api/v0`, apiKey: 'lm-studio', maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'test-model',
      messages: [{ role: 'user', content: 'count to 3' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const last = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.choices.length === 0) last.push(chunk);
    }
    expect(text).toBe('1 2 3');
    expect(last).toMatchObject([{ object: 'chat.completion.chunk', ...figures }, { usage: { completion_tokens: 3 } }]);
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['test-model']);
  });
});

describe('v1', () => {
  test('models with what is loaded of them', async () => {
    const server = await startTestServer(zoo);
    await ask(server, '/api/v1/models/load', { model: 'chat', context_length: 2048 });
    const { models } = (await ask(server, '/api/v1/models')).json() as { models: object[] };
    expect(models[0]).toEqual({
      type: 'llm',
      publisher: 'Qwen',
      key: 'chat',
      display_name: 'test-model',
      architecture: 'llama',
      quantization: { name: 'Q4_1', bits_per_weight: 5.93 },
      size_bytes: 100_000_000,
      params_string: '135M',
      loaded_instances: [{ id: 'chat', config: { context_length: 2048, parallel: 4 } }],
      max_context_length: 8192,
      format: 'gguf',
      capabilities: { vision: false, trained_for_tool_use: true },
      description: null,
    });
    expect(models.slice(1)).toMatchObject([
      { key: 'odd', quantization: { bits_per_weight: null }, params_string: null, loaded_instances: [] },
      { type: 'embedding', key: 'vectors' },
    ]);
  });

  test('a model is loaded with a context of its own, kept for its time, and unloaded', async () => {
    const server = await startTestServer();
    const wish = { model: 'test-model', context_length: 1024, ttl: 3600, echo_load_config: true };
    expect((await ask(server, '/api/v1/models/load', wish)).json()).toEqual({
      type: 'llm',
      instance_id: 'test-model',
      load_time_seconds: expect.any(Number) as number,
      status: 'loaded',
      load_config: { context_length: 1024 },
    });
    const [state] = server.scheduler.states().values();
    expect(state).toMatchObject({ state: 'loaded', contextSize: 1024 });
    expect((await ask(server, '/api/v1/models/unload', { instance_id: 'test-model' })).json()).toEqual({
      instance_id: 'test-model',
    });
    expect(server.scheduler.states().size).toBe(0);
  });

  test('a download of what is there is done; any other is told honestly', async () => {
    const server = await startTestServer(zoo);
    const fetchModel = async (body: object) => {
      const { status, json } = await ask(server, '/api/v1/models/download', body);
      return [status, json()];
    };
    const done = { status: 'already_downloaded' };
    expect(await fetchModel({ model: 'chat' })).toEqual([200, done]);
    const url = 'https://huggingface.co/Qwen/Qwen3-GGUF';
    expect(await fetchModel({ model: url, quantization: 'Q4_1' })).toEqual([200, done]);
    expect(await fetchModel({ model: 'qwen/other' })).toMatchObject([404, { error: { code: 'model_not_found' } }]);
    const job = await ask(server, '/api/v1/models/download/status/1');
    expect([job.status, job.text]).toEqual([404, expect.stringContaining('impetus import') as string]);
  });

  test('the stateful chat names what to use in its place', async () => {
    const { status, text } = await ask(await startTestServer(), '/api/v1/chat', { model: 'x', input: 'y' });
    expect([status, text]).toEqual([400, expect.stringContaining('/v1/responses') as string]);
  });
});
