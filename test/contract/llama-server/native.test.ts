import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { writeModelFile } from '#test/support/open-test-library.ts';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function ask({ url }: TestServer, target: string, body?: object) {
  const response = await fetch(`${url}${target}`, body ? { method: 'POST', body: JSON.stringify(body) } : {});
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
}

async function withFile(): Promise<TestServer> {
  const file = await writeModelFile(path.join(await createTempFolder(), 'm.gguf'), 'M');
  return startTestServer({ records: [makeModelRecord({ path: file })] });
}

describe('completion', () => {
  test('tells what was generated, how, and why it ended', async () => {
    const server = await startTestServer();
    const body = { prompt: 'count to 3', n_predict: 2, temperature: 0, seed: 7, stop: ['x'] };
    expect((await ask(server, '/completion', body)).json()).toEqual({
      index: 0,
      content: '1 2',
      tokens: [],
      id_slot: -1,
      stop: true,
      model: 'test-model',
      tokens_predicted: 2,
      tokens_evaluated: 4,
      tokens_cached: 0,
      truncated: false,
      stop_type: 'limit',
      stopping_word: '',
      prompt: 'count to 3',
      timings: expect.objectContaining({ prompt_n: 4, predicted_n: 2 }) as object,
      generation_settings: expect.objectContaining({
        n_predict: 2,
        temperature: 0,
        seed: 7,
        top_k: 40,
        top_p: 0.95,
        min_p: 0.05,
        stop: ['x'],
        samplers: ['penalties', 'dry', 'top_n_sigma', 'top_k', 'typ_p', 'top_p', 'min_p', 'xtc', 'temperature'],
      }) as object,
    });
  });

  test('streams pieces and one last object, without [DONE]', async () => {
    const { text, headers } = await ask(await startTestServer(), '/completion', { prompt: 'count to 2', stream: true });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const frames = text
      .trimEnd()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.replace('data: ', '')) as object);
    expect(frames).toMatchObject([
      { content: '1', stop: false },
      { content: ' 2', stop: false },
      { content: '', stop: true, stop_type: 'eos', tokens_predicted: 2, prompt: 'count to 2' },
    ]);
    expect(text).not.toContain('[DONE]');
  });

  test('a word that ends it is named', async () => {
    const body = { prompt: 'count to 3', stop: [' 2'] };
    expect((await ask(await startTestServer(), '/completion', body)).json()).toMatchObject({
      content: '1',
      stop_type: 'word',
      stopping_word: ' 2',
    });
  });

  test('token ids of the answer come when asked, in pieces and as a whole', async () => {
    const server = await startTestServer();
    const whole = (await ask(server, '/completion', { prompt: 'count to 2', return_tokens: true })).json() as {
      tokens: number[];
    };
    expect(whole.tokens).toHaveLength(2);
    const streamed = await ask(server, '/completion', { prompt: 'count to 2', return_tokens: true, stream: true });
    expect(streamed.text).toContain(`"tokens":[${whole.tokens[0]}]`);
    expect((await ask(server, '/completion', { prompt: whole.tokens })).json()).toMatchObject({ prompt: '1 2' });
  });

  test('prompts are a text, token ids with texts between, or a list of those', async () => {
    const server = await startTestServer();
    const { tokens } = (await ask(server, '/tokenize', { content: 'count to 2' })).json() as { tokens: number[] };
    const prompts = async (prompt: unknown) => {
      server.requests.length = 0;
      const { status, json } = await ask(server, '/completion', { prompt });
      expect([status, Array.isArray(json())]).toEqual([200, server.requests.length > 1]);
      return server.requests.map((request) => request.prompt);
    };
    expect(await prompts(tokens)).toEqual([{ type: 'tokens', tokens }]);
    expect(await prompts([...tokens.slice(0, 1), ' to 2'])).toEqual([{ type: 'tokens', tokens }]);
    expect(await prompts(['count to 2', tokens])).toEqual([
      { type: 'text', text: 'count to 2' },
      { type: 'tokens', tokens },
    ]);
    expect((await ask(server, '/completion', { prompt: [] })).status).toBe(400);
  });

  test('of the answer, the members that are wanted', async () => {
    const body = { prompt: 'count to 1', response_fields: ['content', 'generation_settings/top_k', 'nothing'] };
    expect((await ask(await startTestServer(), '/completion', body)).json()).toEqual({ content: '1', top_k: 40 });
  });

  test('a prompt that does not fit has the type and the numbers that clients look for', async () => {
    const server = await startTestServer({ settings: { contextSize: 64 } });
    const { status, json } = await ask(server, '/completion', { prompt: 'word '.repeat(100) });
    expect(status).toBe(400);
    expect(json()).toMatchObject({
      error: { code: 400, type: 'exceed_context_size_error', n_ctx: 64, n_prompt_tokens: expect.any(Number) as number },
    });
  });
});

describe('embedding', () => {
  test('is a bare list', async () => {
    const server = await startTestServer();
    const answer = (await ask(server, '/embedding', { content: ['a', 'b'] })).json();
    expect(answer).toEqual([
      { index: 0, embedding: [expect.any(Array)] },
      { index: 1, embedding: [expect.any(Array)] },
    ]);
    expect((await ask(server, '/embeddings', { content: ['a', 'b'] })).json()).toEqual(answer);
    expect((await ask(server, '/embeddings', { input: 'a' })).json()).toMatchObject({ object: 'list' });
    expect((await ask(server, '/embedding', {})).status).toBe(400);
  });
});

describe('state', () => {
  test('props tell the context, the template and the sampling that holds', async () => {
    const server = await withFile();
    const props = async () => (await ask(server, '/props')).json() as { is_sleeping: boolean; total_slots: number };
    expect(await props()).toMatchObject({
      default_generation_settings: { n_ctx: 8192, params: { temperature: 0.8, top_k: 40 } },
      is_sleeping: true,
      total_slots: 0,
      model_alias: 'test-model',
      chat_template: expect.any(String) as string,
      modalities: { vision: false, audio: false },
      build_info: 'impetus-1.2.3',
    });
    await ask(server, '/models/load', { model: 'test-model' });
    expect(await props()).toMatchObject({ is_sleeping: false, total_slots: 4 });
    expect((await ask(server, '/props?model=nobody')).status).toBe(404);
  });

  test('slots are the sequences of a model in memory', async () => {
    const server = await startTestServer({ settings: { slots: 1 }, msPerToken: 5 });
    expect((await ask(server, '/slots')).json()).toEqual([]);
    await ask(server, '/completion', { prompt: 'count to 2' });
    expect((await ask(server, '/slots?fail_on_no_slot=1')).json()).toMatchObject([
      { id: 0, n_ctx: 8192, is_processing: false, n_past: 6 },
    ]);
    const running = ask(server, '/completion', { prompt: 'count to 200' });
    await expect
      .poll(async () => ((await ask(server, '/slots')).json() as { is_processing: boolean }[])[0]?.is_processing)
      .toBe(true);
    const busy = await ask(server, '/slots?fail_on_no_slot=1');
    expect([busy.status, busy.json()]).toMatchObject([503, { error: { code: 503, type: 'unavailable_error' } }]);
    await running;
  });

  test('models are loaded and unloaded by name', async () => {
    const server = await startTestServer();
    expect((await ask(server, '/models/load', { model: 'test-model' })).json()).toEqual({ success: true });
    expect(server.scheduler.states().size).toBe(1);
    expect((await ask(server, '/models/unload', { model: 'test-model' })).json()).toEqual({ success: true });
    expect(server.scheduler.states().size).toBe(0);
    expect((await ask(server, '/models/load', { model: 'nobody' })).status).toBe(404);
    expect((await ask(server, '/models/load', {})).status).toBe(400);
  });
});
