import { expect, test } from 'vitest';
import { createMetricsRegistry } from '#main/gateway/index.ts';

async function valuesOf(metrics: ReturnType<typeof createMetricsRegistry>): Promise<Record<string, number>> {
  const { body } = await metrics.render();
  const rows = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), Number(row.split(' ').at(-1))]));
}

test('tokens and seconds of every generation add up under the names of llama-server', async () => {
  const metrics = createMetricsRegistry();
  const timings = { queueMs: 5, prefillMs: 500, decodeMs: 2000 };
  metrics.recordGeneration({
    model: 'a',
    outcome: 'stop',
    usage: { promptTokens: 100, cachedTokens: 60, completionTokens: 20 },
    computedTokens: 40,
    timings,
  });
  metrics.recordGeneration({
    model: 'a',
    outcome: 'cancelled',
    usage: { promptTokens: 10, cachedTokens: 0, completionTokens: 0 },
    computedTokens: 10,
    timings,
  });
  expect(await valuesOf(metrics)).toMatchObject({
    'llamacpp:prompt_tokens_total': 50,
    'llamacpp:prompt_seconds_total': 1,
    'llamacpp:prompt_tokens_seconds': 50,
    'llamacpp:tokens_predicted_total': 20,
    'llamacpp:tokens_predicted_seconds_total': 4,
    'llamacpp:predicted_tokens_seconds': 5,
    impetus_prompt_tokens_reused_total: 60,
    'impetus_generations_total{model="a",outcome="stop"}': 1,
    'impetus_generations_total{model="a",outcome="cancelled"}': 1,
  });
});

test('live figures are read at each scrape', async () => {
  const metrics = createMetricsRegistry();
  let activeRequests = 3;
  metrics.setLiveFigures(async () => ({
    activeRequests,
    queuedRequests: 1,
    loadedModels: 2,
    decodeSteps: 10,
    decodedTokens: 25,
    longestSequence: 99,
  }));
  expect(await valuesOf(metrics)).toMatchObject({
    'llamacpp:requests_processing': 3,
    'llamacpp:requests_deferred': 1,
    'llamacpp:n_tokens_max': 99,
    'llamacpp:n_decode_total': 10,
    impetus_tokens_per_decode: 2.5,
    impetus_models_loaded: 2,
  });
  activeRequests = 0;
  expect(await valuesOf(metrics)).toMatchObject({ 'llamacpp:requests_processing': 0 });
});

test('requests are counted by route, method and status', async () => {
  const metrics = createMetricsRegistry();
  metrics.recordHttp({ route: '/v1/models', method: 'GET', status: 200, durationMs: 4 });
  expect(await valuesOf(metrics)).toMatchObject({
    'impetus_http_requests_total{route="/v1/models",method="GET",status="200"}': 1,
    'impetus_http_request_seconds_bucket{le="0.01",route="/v1/models"}': 1,
    'impetus_http_request_seconds_bucket{le="0.001",route="/v1/models"}': 0,
  });
});
