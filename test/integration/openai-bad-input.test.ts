import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const messages = [{ role: 'user', content: 'count to 1' }];
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Bodies as JSON text: some hold what no JSON writer would write. */
const withField = (field: string) => `{"messages":${JSON.stringify(messages)},${field}}`;
const biases = (count: number) => Array.from({ length: count }, (_, token) => `"${token}":1`).join(',');

test.each([
  ['a huge n', withField('"n":1000000000'), 'n'],
  ['a limit below zero', withField('"max_tokens":-1'), 'max_tokens'],
  ['a limit beyond all numbers', withField('"max_tokens":1e999'), 'max_tokens'],
  ['a bias that is no number', withField('"logit_bias":{"5":"NaN"}'), 'logit_bias.5'],
  ['an infinite bias', withField('"logit_bias":{"5":1e999}'), 'logit_bias.5'],
  ['200,001 biases', withField(`"logit_bias":{${biases(200_001)}}`), 'logit_bias'],
  ['a hundred thousand stop texts', withField(`"stop":[${'"x",'.repeat(99_999)}"x"]`), 'stop'],
  ['a schema 100,000 levels deep', withField(`"json_schema":${deep(100_000)}`), 'json_schema'],
  [
    'tools 100,000 levels deep',
    withField(`"tools":[{"type":"function","function":{"name":"f","parameters":${deep(100_000)}}}]`),
    'tools[0].function.parameters',
  ],
  [
    'template variables 100,000 levels deep',
    withField(`"chat_template_kwargs":${deep(100_000)}`),
    'chat_template_kwargs',
  ],
  ['a sampler nobody knows', withField('"samplers":["top_k","magic"]'), 'samplers[1]'],
  ['a penalty that divides by nothing', withField('"repeat_penalty":0'), 'repeat_penalty'],
  ['a stage that acts twice', withField('"samplers":["top_k","temperature","top_k"]'), 'samplers[2]'],
  ['33 stages', withField(`"samplers":[${'"x",'.repeat(32)}"x"]`), 'samplers'],
  ['a temperature that is a word', withField('"temperature":"x"'), 'temperature'],
  ['a temperature below zero', withField('"temperature":-1'), 'temperature'],
  ['an endless temperature', withField('"temperature":1e999'), 'temperature'],
  ['top_p beyond all', withField('"top_p":2'), 'top_p'],
  ['top_k below zero', withField('"top_k":-2'), 'top_k'],
  ['a chance beyond certainty', withField('"xtc_probability":1.5'), 'xtc_probability'],
  ['an unknown mirostat', withField('"mirostat":7'), 'mirostat'],
  ['a negative base of DRY', withField('"dry_base":-1'), 'dry_base'],
  ['100,000 breakers', withField(`"dry_sequence_breakers":[${'"x",'.repeat(99_999)}"x"]`), 'dry_sequence_breakers'],
  ['a seed that is a fraction', withField('"seed":0.5'), 'seed'],
  ['a huge number of alternatives', withField('"logprobs":true,"top_logprobs":1000000'), 'top_logprobs'],
  ['a limit of 10^18', withField('"max_tokens":1e18'), 'max_tokens'],
  ['a million biases', withField(`"logit_bias":{${biases(1_000_000)}}`), 'logit_bias'],
  ['a million members in tools', withField(`"tools":[{"x":{${biases(1_000_000)}}}]`), 'tools'],
  ['two wishes for the answer', withField('"grammar":"root ::= \\"a\\"","json_schema":{}'), 'json_schema'],
  [
    'a choice of a tool that is not offered',
    withField('"tool_choice":{"type":"function","function":{"name":"x"}}'),
    'tool_choice.function.name',
  ],
])('%s is refused by its place, and the loop is never held', async (_, body, param) => {
  const { url } = await startTestServer();
  const ask = (text: string) => fetch(`${url}/v1/chat/completions`, { method: 'POST', body: text });
  expect((await ask(withField('"n":1'))).status).toBe(200);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const response = await ask(body);
  const answer: unknown = await response.json();
  delay.disable();
  expect(response.status).toBe(400);
  expect(answer).toMatchObject({ error: { type: 'invalid_request_error', param } });
  // Five times the 50 ms that are allowed on a calm machine.
  expect(delay.max / 1e6).toBeLessThan(250);
  expect((await ask(withField('"n":1'))).status).toBe(200);
});

test('a number that JSON does not know is told with its place', async () => {
  const { url } = await startTestServer();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: withField('"logit_bias":{"5":NaN}'),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_json' } });
});

test(
  'a body without what its endpoint needs is refused by the name of the field, and nothing begins',
  verifies(['S0-03'], { breaks: 'src/main/api/validate.ts#validate' }, async () => {
    const { url, requests, inference } = await startTestServer();
    for (const [path, field] of [
      ['/v1/completions', 'prompt'],
      ['/v1/chat/completions', 'messages'],
      ['/v1/embeddings', 'input'],
      ['/tokenize', 'content'],
      ['/detokenize', 'tokens'],
    ]) {
      for (const body of ['{}', `{"${field}":{"no":"such"}}`]) {
        const response = await fetch(`${url}${path}`, { method: 'POST', body });
        const { error } = (await response.json()) as { error: { message: string } };
        expect([path, body, response.status]).toEqual([path, body, 400]);
        expect(error.message).toContain(`"${field}"`);
      }
    }
    expect(requests).toEqual([]);
    expect(inference.activity()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
  }),
);
