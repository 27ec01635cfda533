import { describe, expect, test } from 'vitest';
import { fieldTable } from '#main/api/field-table.ts';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

/** Two values of one field, and where a difference must show. */
interface Contrast {
  values: readonly [unknown, unknown];
  observe: (answer: Answer) => unknown;
  /** Fields that both requests carry. */
  rest?: object;
}

interface Answer {
  status: number;
  contentType: string | null;
  body: string;
  server: TestServer;
}

const messages = [{ role: 'user', content: 'count to 3' }];
const tools = [{ type: 'function', function: { name: 'f' } }];

/** What reached the neutral request; the engine gets exactly that. */
const request = ({ server }: Answer) => server.requests.at(-1);
const sampling =
  (
    name:
      | 'temperature'
      | 'topK'
      | 'topP'
      | 'minP'
      | 'repeatPenalty'
      | 'repeatLastN'
      | 'frequencyPenalty'
      | 'presencePenalty'
      | 'seed',
  ) =>
  (answer: Answer) =>
    request(answer)?.sampling[name];
const status = ({ status: value }: Answer) => value;
const text = ({ body }: Answer) => [...body.matchAll(/"(?:content|text)":"([^"]*)"/g)].map(([, said]) => said).join('');

const generation: Record<string, Contrast> = {
  model: { values: ['test-model', 'nobody'], observe: status },
  stream: { values: [true, false], observe: ({ contentType }) => contentType },
  stream_options: {
    values: [{ include_usage: true }, { include_usage: false }],
    rest: { stream: true },
    observe: ({ body }) => body.includes('"usage"'),
  },
  n: { values: [1, 3], observe: ({ server }) => server.requests.length },
  stop: { values: [[], ['2']], observe: text },
  seed: { values: [1, 2], observe: sampling('seed') },
  temperature: { values: [0, 1], observe: sampling('temperature') },
  top_p: { values: [0.5, 1], observe: sampling('topP') },
  top_k: { values: [1, 9], observe: sampling('topK') },
  min_p: { values: [0, 0.2], observe: sampling('minP') },
  repeat_penalty: { values: [1, 1.2], observe: sampling('repeatPenalty') },
  repetition_penalty: { values: [1, 1.2], observe: sampling('repeatPenalty') },
  repeat_last_n: { values: [0, 64], observe: sampling('repeatLastN') },
  presence_penalty: { values: [0, 1], observe: sampling('presencePenalty') },
  frequency_penalty: { values: [0, 1], observe: sampling('frequencyPenalty') },
  max_tokens: { values: [1, 2], observe: text },
  n_predict: { values: [1, 2], observe: text },
  ignore_eos: { values: [true, false], observe: (answer) => request(answer)?.ignoreEndOfGeneration },
  keep_alive: { values: ['5m', -1], observe: (answer) => request(answer)?.keepAliveMs },
  ttl: { values: [1, 2], observe: (answer) => request(answer)?.keepAliveMs },
};

const prompt = (answer: Answer) => request(answer)?.prompt;

const contrasts: Record<keyof typeof fieldTable, Record<string, Contrast>> = {
  'openai-chat': {
    ...generation,
    messages: { values: [messages, [{ role: 'user', content: 'echo else' }]], observe: text },
    max_completion_tokens: { values: [1, 2], observe: text },
    chat_template_kwargs: { values: [{ a: 1 }, { a: 2 }], observe: prompt },
    reasoning_effort: { values: ['none', 'high'], observe: prompt },
    tools: { values: [tools, []], rest: { tool_choice: 'none' }, observe: prompt },
    tool_choice: { values: ['none', 'auto'], rest: { tools }, observe: status },
  },
  'openai-completions': {
    ...generation,
    prompt: { values: ['count to 3', 'echo else'], observe: text },
    echo: { values: [true, false], observe: text },
  },
  'llama-tokenize': {
    model: { values: ['test-model', 'nobody'], observe: status },
    content: { values: ['a', 'a b'], observe: ({ body }) => body },
    add_special: { values: [true, false], observe: ({ body }) => body },
    with_pieces: { values: [true, false], observe: ({ body }) => body },
  },
  'llama-detokenize': {
    model: { values: ['test-model', 'nobody'], observe: status },
    tokens: { values: [[], [5]], observe: ({ body }) => body },
  },
};

const endpoints = {
  'openai-chat': { path: '/v1/chat/completions', body: { messages } },
  'openai-completions': { path: '/v1/completions', body: { prompt: 'count to 3' } },
  'llama-tokenize': { path: '/tokenize', body: { content: 'some words' } },
  'llama-detokenize': { path: '/detokenize', body: { tokens: [] } },
} as const;

type EndpointName = keyof typeof endpoints;
const names = Object.keys(endpoints) as EndpointName[];

async function ask(endpoint: EndpointName, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const server = await startTestServer();
  const response = await fetch(`${server.url}${endpoints[endpoint].path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...endpoints[endpoint].body, ...body }),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: await response.text(),
    server,
  };
}

describe.each(names)('%s', (endpoint) => {
  const honoured = Object.entries(fieldTable[endpoint])
    .filter(([, row]) => row.verdict === 'honoured')
    .map(([field]) => field);

  test('every honoured field has two values to compare', () => {
    expect(Object.keys(contrasts[endpoint]).sort()).toEqual(honoured.sort());
  });

  test.each(honoured)('%s makes a difference', async (field) => {
    const contrast = contrasts[endpoint][field];
    if (!contrast) throw new Error(`No values for ${field}.`);
    const seen = [];
    for (const value of contrast.values) {
      seen.push(contrast.observe(await ask(endpoint, { ...contrast.rest, [field]: value })));
    }
    expect(seen[0]).not.toEqual(seen[1]);
  });

  test(
    'null, unknown and extra fields are no error',
    verifies(['API-01'], { breaks: 'src/main/api/check-fields.ts#checkFields' }, async () => {
      const required = Object.keys(endpoints[endpoint].body);
      const nulls = Object.fromEntries(
        Object.keys(fieldTable[endpoint])
          .filter((field) => !required.includes(field))
          .map((field) => [field, null]),
      );
      const harmless = Object.fromEntries(
        Object.entries(fieldTable[endpoint])
          .filter(([, row]) => row.verdict === 'ignored')
          .map(([field]) => [field, 'anything']),
      );
      for (const body of [nulls, harmless, { unheard_of: { deep: [1] }, 'x-custom': true }]) {
        expect((await ask(endpoint, body)).status).toBe(200);
      }
    }),
  );

  test('every field that cannot be honoured is refused by name', async () => {
    const refused = Object.entries(fieldTable[endpoint]).filter(([, row]) => row.verdict === 'refused');
    for (const [field] of refused) {
      const answer = await ask(endpoint, { [field]: { not: 'harmless' } });
      expect([field, answer.status]).toEqual([field, 400]);
      expect(answer.body).toContain(field);
    }
  });
});

test('what is ignored is named in a header; strict mode, by header or setting, refuses it with its name', async () => {
  const server = await startTestServer();
  const post = (headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        messages: [{ role: 'user', content: 'count to 1', cache_control: { type: 'ephemeral' } }],
        user: 'ann',
        unheard_of: 1,
        stream_options: { include_usage: true },
      }),
    });
  const lenient = await post();
  expect(lenient.status).toBe(200);
  expect(lenient.headers.get('x-impetus-ignored')).toBe(
    'user, unheard_of, messages%5B%5D.cache_control, stream_options',
  );
  const strict = await post({ 'x-impetus-strict': '1' });
  expect(strict.status).toBe(400);
  expect(await strict.json()).toMatchObject({ error: { code: 'unsupported_field', param: 'user' } });
  server.settings.strict = true;
  expect((await post()).status).toBe(400);
});
