import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const messages = '"messages":[{"role":"user","content":"count to 1"}]';
const many = (item: string, count: number): string => `[${`${item},`.repeat(count - 1)}${item}]`;
const biases = Array.from({ length: 1_000_000 }, (_, token) => `"${token}":1`).join(',');
const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

/** A request in JSON: some hold what no JSON writer would write. */
interface Bounded {
  route: string;
  body: string;
  /** What the refusal names. */
  named: string;
}

const chat = (field: string, named: string): Bounded => ({
  route: '/v1/chat/completions',
  body: `{${messages},${field}}`,
  named: `"${named}"`,
});
const ollama = (field: string, named: string): Bounded => ({
  route: '/api/chat',
  body: `{"model":"test-model","stream":false,${messages},${field}}`,
  named: `"${named}"`,
});
const anthropic = (fields: string, named: string): Bounded => ({
  route: '/v1/messages',
  body: `{${messages},${fields}}`,
  named: `"${named}"`,
});
const other = (route: string, body: string, named: string): Bounded => ({ route, body, named: `"${named}"` });

const refused: readonly Bounded[] = [
  chat('"n":1000000000', 'n'),
  chat('"max_tokens":-1', 'max_tokens'),
  chat('"max_tokens":1e18', 'max_tokens'),
  chat('"max_tokens":"NaN"', 'max_tokens'),
  { ...chat('"max_tokens":NaN', ''), named: 'at position 66 (line 1, column 67)' },
  anthropic('"max_tokens":-1', 'max_tokens'),
  anthropic('"max_tokens":1e18', 'max_tokens'),
  other('/v1/responses', '{"input":"x","max_output_tokens":-1}', 'max_output_tokens'),
  ollama('"options":{"num_predict":1e18}', 'options.num_predict'),
  chat('"n_discard":-1', 'n_discard'),
  other('/completion', '{"prompt":"x","n_discard":-1}', 'n_discard'),
  chat('"top_k":-1', 'top_k'),
  anthropic('"max_tokens":1,"top_k":-1', 'top_k'),
  ollama('"options":{"top_k":-2}', 'options.top_k'),
  chat(`"logit_bias":{${biases}}`, 'logit_bias'),
  chat(`"stop":${many('"x"', 100_000)}`, 'stop'),
  anthropic(`"max_tokens":1,"stop_sequences":${many('"x"', 100_000)}`, 'stop_sequences'),
  ollama(`"options":{"stop":${many('"x"', 100_000)}}`, 'options.stop'),
  ollama('"options":{"num_ctx":1000000000}', 'options.num_ctx'),
  chat('"keep_alive":"999999h"', 'keep_alive'),
  ollama('"keep_alive":"999999h"', 'keep_alive'),
  chat('"temperature":"x"', 'temperature'),
  anthropic('"max_tokens":1,"temperature":"x"', 'temperature'),
  ollama('"options":{"temperature":"x"}', 'options.temperature'),
  other('/v1/embeddings', '{"input":"x","dimensions":1000000000}', 'dimensions'),
  other('/api/embed', '{"model":"test-model","input":"x","dimensions":1000000000}', 'dimensions'),
  other('/v1/embeddings', `{"input":${many('"x"', 1_000_000)}}`, 'input[0]'),
  other('/v1/embeddings', `{"input":${many('[1]', 1_000_000)}}`, 'input[0]'),
  other('/api/embed', `{"model":"test-model","input":${many('"x"', 1_000_000)}}`, 'input'),
  other('/v1/completions', `{"prompt":${many('"x"', 1_000_000)}}`, 'prompt[0]'),
  chat(`"chat_template_kwargs":${deep}`, 'chat_template_kwargs'),
  other('/v1/chat/completions', deep, 'messages'),
];

test(
  'parameters beyond every bound are refused by their names in each dialect; nothing begins, and the loop is not held',
  verifies(['SEC-31'], { breaks: 'src/main/api/validate.ts#validateFields' }, async () => {
    const { url, requests, scheduler } = await startTestServer();
    const ask = (route: string, body: string) => fetch(`${url}${route}`, { method: 'POST', body });
    for (const { route, body, named } of refused) {
      const told = `${route} ${body.slice(0, 150)}`;
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const response = await ask(route, body);
      const answer = await response.text();
      delay.disable();
      expect([told, response.status]).toEqual([told, 400]);
      expect(answer.replaceAll('\\"', '"'), told).toContain(named);
      // Five times the 50 ms that are allowed on a calm machine.
      expect(delay.max / 1e6, told).toBeLessThan(250);
    }
    expect(requests).toEqual([]);
    expect(scheduler.activity()).toEqual({ activeRequests: 0, queuedRequests: 0 });
    const { route, body } = ollama('"options":{"num_ctx":100000000}', '');
    const bounded = await ask(route, body);
    expect([bounded.status, bounded.headers.get('x-impetus-applied')]).toEqual([200, 'options.num_ctx=8192']);
  }),
);

test('names that are given twice count once, and names of JavaScript’s own are names like others', async () => {
  const { url, requests } = await startTestServer();
  const ask = (fields: string) =>
    fetch(`${url}/v1/chat/completions`, { method: 'POST', body: `{${messages},${fields}}` });
  expect((await ask('"n":1000000000,"n":1')).status).toBe(200);
  const refusal = await ask('"n":1,"n":1000000000');
  expect([refusal.status, await refusal.json()]).toMatchObject([400, { error: { param: 'n' } }]);
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const answer = await ask(`"${name}":{"n":3,"polluted":true}`);
    expect([name, answer.status, answer.headers.get('x-impetus-ignored')]).toEqual([name, 200, name]);
    expect(((await answer.json()) as { choices: unknown[] }).choices).toHaveLength(1);
  }
  expect((await ask(`"__proto__":${deep}`)).status).toBe(200);
  expect(requests).toHaveLength(5);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});
