import { expect, test } from 'vitest';
import { createMetricsRegistry } from '#main/gateway/index.ts';

test('the text names each metric, its type and its rows, with label values escaped', async () => {
  const metrics = createMetricsRegistry();
  metrics.recordHttp({ route: 'a"\\\nb', method: 'GET', status: 200, durationMs: 4 });
  metrics.recordHttp({ route: 'a"\\\nb', method: 'GET', status: 200, durationMs: 2_000_000 });
  const { body, contentType } = await metrics.render();
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body.split('\n\n').slice(-2).join('\n\n')).toBe(
    [
      '# HELP impetus_http_requests_total HTTP requests by route, method and status.',
      '# TYPE impetus_http_requests_total counter',
      String.raw`impetus_http_requests_total{route="a\"\\\nb",method="GET",status="200"} 2`,
      '',
      '# HELP impetus_http_request_seconds Time from the request line to the end of the answer.',
      '# TYPE impetus_http_request_seconds histogram',
      ...['0.001 0', '0.01 1', '0.1 1', '1 1', '10 1', '60 1', '300 1', '+Inf 2'].map((bucket) => {
        const [bound, below] = bucket.split(' ');
        return String.raw`impetus_http_request_seconds_bucket{le="${bound}",route="a\"\\\nb"} ${below}`;
      }),
      String.raw`impetus_http_request_seconds_sum{route="a\"\\\nb"} 2000.004`,
      String.raw`impetus_http_request_seconds_count{route="a\"\\\nb"} 2`,
      '',
    ].join('\n'),
  );
});

test('an amount that is a bound lies below it', async () => {
  const metrics = createMetricsRegistry();
  const usage = { promptTokens: 1, cachedTokens: 0, completionTokens: 1 };
  const timings = { queueMs: 10, prefillMs: 1, decodeMs: 1 };
  metrics.recordGeneration({ model: 'a', outcome: 'stop', usage, computedTokens: 1, timings });
  const { body } = await metrics.render();
  expect(body).toContain('impetus_queue_seconds_bucket{le="0.001"} 0\nimpetus_queue_seconds_bucket{le="0.01"} 1\n');
});
