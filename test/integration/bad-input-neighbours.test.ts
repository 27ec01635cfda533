import { afterAll, beforeAll, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let app: StartedApp;

beforeAll(async () => {
  app = await startApp({ model: smolModelPath, contextSize: 2048, slots: 4 });
}, 60_000);

afterAll(async () => {
  await app.stop();
});

interface Answered {
  status: number;
  text: string | undefined;
  param: string | null | undefined;
}

async function post(route: string, body: string): Promise<Answered> {
  const response = await fetch(`${app.url}${route}`, { method: 'POST', body });
  const answer = (await response.json()) as { choices?: [{ text?: string }]; error?: { param: string | null } };
  return { status: response.status, text: answer.choices?.[0].text, param: answer.error?.param };
}

const complete = (fields: object): Promise<Answered> =>
  post('/v1/completions', JSON.stringify({ prompt: 'Once upon a time', temperature: 0, max_tokens: 8, ...fields }));
const biases = (count: number): string => Array.from({ length: count }, (_, token) => `"${token}":1`).join(',');

/** Each is refused by the door, by the decoding or by the engine itself. */
const poison: Record<string, [body: string, param: RegExp]> = {
  'a token beyond the vocabulary': ['{"prompt":[5,999999999]}', /^prompt/],
  'a token that is none': ['{"prompt":[5,-1]}', /^prompt/],
  'a bias beyond the vocabulary': ['{"prompt":"x","logit_bias":{"999999999":1}}', /^logit_bias/],
  'a million biases': [`{"prompt":"x","logit_bias":{${biases(1_000_000)}}}`, /^logit_bias$/],
  'a bias without end': ['{"prompt":"x","logit_bias":{"5":1e999}}', /^logit_bias/],
  'a huge n': ['{"prompt":"x","n":1000000000}', /^n$/],
  'a grammar that calls itself first': ['{"prompt":"x","grammar":"root ::= root \\"a\\" | \\"b\\""}', /^grammar$/],
  'a grammar without a root': ['{"prompt":"x","grammar":"a ::= \\"b\\""}', /^grammar$/],
  'a grammar with half a rule': ['{"prompt":"x","grammar":"root ::= ("}', /^grammar$/],
  'a schema that is itself': ['{"prompt":"x","json_schema":{"$ref":"#"}}', /^json_schema/],
  'a stage that acts twice': ['{"prompt":"x","samplers":["top_k","top_k"]}', /^samplers/],
  'a temperature of nothing': ['{"prompt":"x","temperature":1e999}', /^temperature$/],
  'a penalty of zero': ['{"prompt":"x","repeat_penalty":0}', /^repeat_penalty$/],
  'a limit below zero': ['{"prompt":"x","max_tokens":-5}', /^max_tokens$/],
};

test('poisoned requests are refused by their field, and the answer beside them stays the same', async () => {
  const long = { max_tokens: 300, ignore_eos: true };
  const calm = await complete(long);
  const running = complete(long);
  const wrong: unknown[] = [];
  for (const [name, [body, param]] of Object.entries(poison)) {
    const refusal = await post('/v1/completions', body);
    if (refusal.status !== 400 || !param.test(refusal.param ?? '')) wrong.push([name, refusal]);
  }
  expect(wrong).toEqual([]);
  expect((await running).text).toBe(calm.text);
  expect(app.app.inference.listModels()[0]?.status).toMatchObject({ state: 'loaded', placement: 'child' });
});

test('a body that is no UTF-8 is refused before anything is read', async () => {
  const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  const response = await fetch(`${app.url}/v1/completions`, { method: 'POST', body });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'invalid_json' } }]);
});
