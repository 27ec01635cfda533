import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { verifies } from '#test/support/verifies.ts';

async function get(server: TestServer, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
}

async function chat(server: TestServer, content: string, rest: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages: [{ role: 'user', content }], ...rest }),
  });
  return response.text();
}

describe('/health', () => {
  test(
    'answers as soon as the server listens, with status and time',
    verifies(['S1-23'], { breaks: 'src/main/api/operations/routes.ts#operationsRoutes' }, async () => {
      const server = await startTestServer();
      for (const path of ['/health', '/v1/health', '/health/']) {
        const { status, body } = await get(server, path);
        expect(status).toBe(200);
        expect(body).toEqual({
          status: 'ok',
          version: '1.2.3',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        });
      }
    }),
  );

  test(
    'HEAD answers too, also on the root',
    verifies(['API-13'], { breaks: 'src/main/api/operations/routes.ts#operationsRoutes' }, async () => {
      const { url } = await startTestServer();
      for (const path of ['/health', '/']) {
        const response = await fetch(`${url}${path}`, { method: 'HEAD' });
        expect(response.status).toBe(200);
        expect(await response.text()).toBe('');
      }
    }),
  );
});

describe('/ready', () => {
  test(
    'no with nothing loaded, yes after a real answer',
    verifies(['S2-14'], { breaks: 'src/main/inference/readiness.ts#createReadiness' }, async () => {
      const server = await startTestServer();
      expect(await get(server, '/ready')).toEqual({
        status: 503,
        body: { status: 'no-model-loaded', models: [{ id: 'test-model', status: 'unloaded' }] },
      });
      await chat(server, 'count to 1');
      expect(await get(server, '/ready')).toEqual({
        status: 200,
        body: {
          status: 'ready',
          model: 'test-model',
          secondsSinceLastSuccess: expect.any(Number) as number,
          models: [{ id: 'test-model', status: 'loaded' }],
        },
      });
    }),
  );

  test(
    'tells of each model whether it is loading, ready or failed',
    verifies(['S2-38'], { breaks: 'src/main/api/operations/readiness.ts#encodeReadiness' }, async () => {
      const records = ['loading', 'broken', 'fine'].map((id) => makeModelRecord({ id }));
      const server = await startTestServer({ records, settings: { defaultModel: 'fine' } });
      server.engine.loadFaults.push({ kind: 'fail', code: 'model-load-failed', message: 'The file is damaged.' });
      await chat(server, 'x', { model: 'broken' });
      await chat(server, 'x', { model: 'fine' });
      server.engine.loadFaults.push({ kind: 'hang' });
      const waiting = new AbortController();
      const pending = server.inference
        .tokenize(
          { model: 'loading', prompt: { type: 'text', text: 'x' }, addSpecial: false },
          { signal: waiting.signal, requestId: 'test' },
        )
        .catch((error: unknown) => error);
      expect(await get(server, '/ready')).toMatchObject({
        status: 200,
        body: {
          models: [
            { id: 'fine', status: 'loaded' },
            { id: 'broken', status: 'failed' },
            { id: 'loading', status: 'loading' },
          ],
        },
      });
      waiting.abort();
      await pending;
    }),
  );

  test('after a minute of silence one token is asked for, once for all who ask', async () => {
    const clock = { now: 0 };
    const server = await startTestServer({ now: () => clock.now });
    await chat(server, 'count to 1');
    clock.now = 59_000;
    expect((await get(server, '/ready')).body).toMatchObject({ secondsSinceLastSuccess: 59 });
    const before = await server.scheduler.peek('test-model')?.stats();
    expect(before?.generatedTokens).toBe(1);
    clock.now = 61_000;
    const answers = await Promise.all([get(server, '/ready'), get(server, '/ready')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await server.scheduler.peek('test-model')?.stats())?.generatedTokens).toBe(2);
  });

  test('a model that does not answer any more is not ready', async () => {
    const clock = { now: 0 };
    const server = await startTestServer({ now: () => clock.now, answers: { a: '' } });
    await chat(server, 'count to 1');
    clock.now = 61_000;
    server.engine.instances[0]?.crash();
    const { status } = await get(server, '/ready');
    expect(status).toBe(503);
  });

  test('a paused server is not ready', async () => {
    const server = await startTestServer();
    await chat(server, 'count to 1');
    server.inference.pause();
    expect(await get(server, '/ready')).toMatchObject({ status: 503, body: { status: 'paused' } });
  });
});

describe('/metrics', () => {
  test('counts what was generated, computed, reused and answered', async () => {
    const server = await startTestServer();
    await chat(server, 'count to 3');
    await chat(server, 'count to 3');
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const lines = (await response.text()).split('\n');
    const valueOf = (name: string) =>
      Number(
        lines
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')
          .at(-1),
      );
    const promptTokens = valueOf('llamacpp:prompt_tokens_total') + valueOf('impetus_prompt_tokens_reused_total');
    expect(promptTokens).toBe(16);
    expect(valueOf('impetus_prompt_tokens_reused_total')).toBeGreaterThan(0);
    expect(valueOf('llamacpp:tokens_predicted_total')).toBe(6);
    expect(valueOf('llamacpp:requests_processing')).toBe(0);
    expect(valueOf('llamacpp:n_tokens_max')).toBe(11);
    expect(valueOf('impetus_models_loaded')).toBe(1);
    expect(valueOf('impetus_generations_total{model="test-model",outcome="stop"}')).toBe(2);
    expect(valueOf('impetus_http_requests_total{route="/v1/chat/completions",method="POST",status="200"}')).toBe(2);
  });

  test(
    'has requests, errors and the time they took, in a format that parses line by line',
    verifies(['S2-53'], { breaks: 'src/main/gateway/metrics-registry.ts#createMetricsRegistry' }, async () => {
      const server = await startTestServer();
      const scrape = async () => {
        const text = await (await fetch(`${server.url}/metrics`)).text();
        const samples = new Map<string, number>();
        for (const line of text.trimEnd().split('\n')) {
          if (/^# (HELP|TYPE) [a-z_:]+ \S/.test(line) || line === '') continue;
          const sample = /^([a-z_:]+(?:\{(?:[a-z]+="[^"]*",?)*\})?) (\S+)$/.exec(line);
          expect(sample, line).not.toBeNull();
          samples.set(sample?.[1] ?? '', Number(sample?.[2]));
        }
        return samples;
      };
      const route = '/v1/chat/completions';
      const counts = (samples: Map<string, number>) => [
        samples.get(`impetus_http_requests_total{route="${route}",method="POST",status="200"}`) ?? 0,
        samples.get(`impetus_http_requests_total{route="${route}",method="POST",status="400"}`) ?? 0,
        samples.get(`impetus_http_request_seconds_count{route="${route}"}`) ?? 0,
        samples.get(`impetus_http_request_seconds_bucket{le="300",route="${route}"}`) ?? 0,
        samples.get(`impetus_http_request_seconds_bucket{le="+Inf",route="${route}"}`) ?? 0,
      ];
      expect(counts(await scrape())).toEqual([0, 0, 0, 0, 0]);
      await chat(server, 'count to 3');
      await chat(server, 'count to 3', { temperature: 9 });
      await expect.poll(async () => counts(await scrape())).toEqual([1, 1, 2, 2, 2]);
      expect((await scrape()).get(`impetus_http_request_seconds_sum{route="${route}"}`)).toBeGreaterThan(0);
    }),
  );

  test('a cancelled generation counts as one', async () => {
    const server = await startTestServer({ msPerToken: 5 });
    const abort = new AbortController();
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ role: 'user', content: 'count to 500' }], stream: true }),
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    await expect
      .poll(async () => (await fetch(`${server.url}/metrics`)).text())
      .toContain('impetus_generations_total{model="test-model",outcome="cancelled"} 1');
  });
});

describe('/tokenize and /detokenize', () => {
  const post = async (server: TestServer, path: string, body: object) => {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as unknown };
  };

  test('there and back', async () => {
    const server = await startTestServer();
    const { body } = await post(server, '/tokenize', { content: 'count to 3' });
    const { tokens } = body as { tokens: number[] };
    expect(tokens).toHaveLength(3);
    expect(await post(server, '/detokenize', { tokens })).toEqual({ status: 200, body: { content: 'count to 3' } });
    expect(await post(server, '/tokenize', { content: 'count to 3', with_pieces: true })).toMatchObject({
      body: {
        tokens: [
          { id: tokens[0], piece: 'count' },
          { id: tokens[1], piece: ' to' },
          { id: tokens[2], piece: ' 3' },
        ],
      },
    });
    const special = await post(server, '/tokenize', { content: 'count to 3', add_special: true });
    expect((special.body as { tokens: number[] }).tokens).toHaveLength(4);
  });

  test('errors have llama-server’s shape', async () => {
    const server = await startTestServer();
    expect(await post(server, '/tokenize', {})).toEqual({
      status: 400,
      body: { error: { code: 400, message: '"content" is not valid: it is missing.', type: 'invalid_request_error' } },
    });
    expect(await post(server, '/tokenize', { content: 'a', model: 'nobody' })).toMatchObject({
      status: 404,
      body: { error: { code: 404, type: 'not_found_error' } },
    });
  });
});

test(
  'the log has one JSON line per request, with id, model, time and status, and never the prompt',
  verifies(['S2-16'], { breaks: 'src/main/gateway/request-log.ts#logRequest' }, async () => {
    const server = await startTestServer();
    await chat(server, 'echo my secret prompt');
    await expect.poll(() => server.logLines.filter(({ msg }) => msg === 'request')).toHaveLength(1);
    expect(server.logLines.find(({ msg }) => msg === 'request')).toMatchObject({
      level: 'info',
      room: 'api',
      requestId: expect.stringMatching(/^req_/) as string,
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      durationMs: expect.any(Number) as number,
      model: 'test-model',
      completionTokens: 3,
    });
    expect(JSON.stringify(server.logLines)).not.toContain('secret prompt');
  }),
);

test(
  'context and speed are reported after a run',
  verifies(['S3-36'], { breaks: 'src/main/api/openai/usage.ts#encodeTimings' }, async () => {
    const server = await startTestServer({ msPerToken: 2 });
    const answer = JSON.parse(await chat(server, 'count to 20')) as { timings: Record<string, number> };
    expect(answer.timings['predicted_per_second']).toBeGreaterThan(0);
    expect(answer.timings['prompt_per_second']).toBeGreaterThan(0);
    const { body } = await get(server, '/v1/models/test-model');
    expect(body).toMatchObject({ context_length: 8192, meta: { n_ctx: 8192 } });
  }),
);
