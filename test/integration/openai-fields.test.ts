import { describe, expect, test } from 'vitest';
import type { GenerationRequest } from '#shared/domain/generation.ts';
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
const functions = [{ name: 'f' }];
const grammar = (word: string) => `root ::= "${word}"`;
const typed = (type: string) => ({ type });

/** What reached the neutral request; the engine gets exactly that. */
const request = ({ server }: Answer) => server.requests.at(-1);
const requested = (name: keyof GenerationRequest) => (answer: Answer) => request(answer)?.[name];
const sampling = (name: keyof GenerationRequest['sampling']) => (answer: Answer) => request(answer)?.sampling[name];
const thinking =
  (name: 'isEnabled' | 'effort' | 'budgetTokens') =>
  (answer: Answer): unknown =>
    request(answer)?.reasoning?.[name];
const status = ({ status: value }: Answer) => value;
const text = ({ body }: Answer) => [...body.matchAll(/"(?:content|text)":"([^"]*)"/g)].map(([, said]) => said).join('');
const holds =
  (part: string) =>
  ({ body }: Answer) =>
    body.includes(part);

const samplingContrasts: Record<string, Contrast> = {
  seed: { values: [1, 2], observe: sampling('seed') },
  temperature: { values: [0, 1], observe: sampling('temperature') },
  dynatemp_range: { values: [0, 0.5], observe: sampling('dynamicTemperatureRange') },
  dynatemp_exponent: { values: [1, 2], observe: sampling('dynamicTemperatureExponent') },
  top_p: { values: [0.5, 1], observe: sampling('topP') },
  top_k: { values: [1, 9], observe: sampling('topK') },
  min_p: { values: [0, 0.2], observe: sampling('minP') },
  typical_p: { values: [1, 0.5], observe: sampling('typicalP') },
  top_n_sigma: { values: [-1, 1.5], observe: sampling('topNSigma') },
  xtc_probability: { values: [0, 0.5], observe: sampling('xtcProbability') },
  xtc_threshold: { values: [0.1, 0.2], observe: sampling('xtcThreshold') },
  min_keep: { values: [0, 2], observe: sampling('minKeep') },
  repeat_penalty: { values: [1, 1.2], observe: sampling('repeatPenalty') },
  repetition_penalty: { values: [1, 1.2], observe: sampling('repeatPenalty') },
  repeat_last_n: { values: [0, 64], observe: sampling('repeatLastN') },
  presence_penalty: { values: [0, 1], observe: sampling('presencePenalty') },
  frequency_penalty: { values: [0, 1], observe: sampling('frequencyPenalty') },
  dry_multiplier: { values: [0, 0.8], observe: sampling('dryMultiplier') },
  dry_base: { values: [1.75, 2], observe: sampling('dryBase') },
  dry_allowed_length: { values: [2, 3], observe: sampling('dryAllowedLength') },
  dry_penalty_last_n: { values: [-1, 0], observe: sampling('dryPenaltyLastN') },
  dry_sequence_breakers: { values: [['a'], ['b']], observe: sampling('drySequenceBreakers') },
  mirostat: { values: [0, 2], observe: sampling('mirostat') },
  mirostat_tau: { values: [5, 4], observe: sampling('mirostatTau') },
  mirostat_eta: { values: [0.1, 0.2], observe: sampling('mirostatEta') },
  samplers: { values: [['top_k', 'top_p'], 'pk'], observe: sampling('stages') },
  logit_bias: { values: [{ '5': 1 }, [[5, false]]], observe: sampling('logitBias') },
};

const outputContrasts: Record<string, Contrast> = {
  response_format: { values: [{ type: 'text' }, { type: 'json_object' }], observe: requested('output') },
  grammar: { values: [grammar('a'), grammar('b')], observe: requested('output') },
  json_schema: { values: [typed('object'), typed('array')], observe: requested('output') },
  guided_json: { values: [typed('object'), '{"type":"array"}'], observe: requested('output') },
  guided_grammar: { values: [grammar('a'), grammar('b')], observe: requested('output') },
  guided_choice: { values: [['a'], ['b']], observe: requested('output') },
  structured_outputs: { values: [{ choice: ['a'] }, { json: typed('object') }], observe: requested('output') },
};

const generation: Record<string, Contrast> = {
  ...samplingContrasts,
  ...outputContrasts,
  model: { values: ['test-model', 'nobody'], observe: status },
  stream: { values: [true, false], observe: ({ contentType }) => contentType },
  stream_options: {
    values: [{ include_usage: true }, { include_usage: false }],
    rest: { stream: true },
    observe: ({ body }) => body.includes('"usage"'),
  },
  n: { values: [1, 3], observe: ({ server }) => server.requests.length },
  n_cmpl: { values: [1, 3], observe: ({ server }) => server.requests.length },
  stop: { values: [[], ['2']], observe: text },
  max_tokens: { values: [1, 2], observe: text },
  n_predict: { values: [1, 2], observe: text },
  ignore_eos: { values: [true, false], observe: requested('ignoreEndOfGeneration') },
  n_probs: { values: [0, 2], observe: holds('"top_logprobs":[') },
  return_progress: { values: [true, false], rest: { stream: true }, observe: holds('"prompt_progress":') },
  timings_per_token: {
    values: [true, false],
    rest: { stream: true },
    observe: ({ body }) => body.match(/"timings":/g)?.length,
  },
  keep_alive: { values: ['5m', -1], observe: requested('keepAliveMs') },
  ttl: { values: [1, 2], observe: requested('keepAliveMs') },
};

const prompt = requested('prompt');
const whole = ({ body }: Answer) => body;
const renderedBudget: Contrast = { values: [0, 9], observe: whole };
const budget: Contrast = { values: [0, 9], observe: thinking('budgetTokens') };

const contrasts: Record<keyof typeof fieldTable, Record<string, Contrast>> = {
  'openai-chat': {
    ...generation,
    messages: { values: [messages, [{ role: 'user', content: 'echo else' }]], observe: text },
    max_completion_tokens: { values: [1, 2], observe: text },
    logprobs: { values: [true, false], observe: holds('"logprob":') },
    top_logprobs: { values: [0, 2], rest: { logprobs: true }, observe: holds('"top_logprobs":[{') },
    tools: { values: [tools, []], observe: prompt },
    tool_choice: { values: ['none', 'required'], rest: { tools }, observe: requested('toolChoice') },
    parallel_tool_calls: { values: [true, false], rest: { tools }, observe: requested('parallelToolCalls') },
    functions: { values: [functions, []], observe: prompt },
    function_call: { values: ['none', { name: 'f' }], rest: { functions }, observe: requested('toolChoice') },
    add_generation_prompt: { values: [true, false], observe: prompt },
    chat_template_kwargs: { values: [{ a: 1 }, { a: 2 }], observe: prompt },
    reasoning_effort: { values: ['low', 'high'], observe: thinking('effort') },
    reasoning: { values: [{ effort: 'low' }, { effort: 'high' }], observe: thinking('effort') },
    reasoning_format: {
      values: ['none', 'deepseek'],
      rest: { messages: [{ role: 'user', content: 'think of it then say so' }] },
      observe: holds('"content":"<think>of it</think>so"'),
    },
    enable_thinking: { values: [true, false], observe: thinking('isEnabled') },
    thinking: { values: [{ type: 'enabled' }, { type: 'disabled' }], observe: thinking('isEnabled') },
    thinking_budget: budget,
    thinking_budget_tokens: budget,
    reasoning_budget: budget,
    reasoning_budget_tokens: budget,
  },
  'openai-completions': {
    ...generation,
    prompt: { values: ['count to 3', 'echo else'], observe: text },
    echo: { values: [true, false], observe: text },
    suffix: { values: ['', ' end'], observe: text },
    logprobs: { values: [2, false], observe: holds('"token_logprobs":[-0.25') },
    best_of: { values: [1, 3], observe: ({ server }) => server.requests.length },
  },
  'openai-embeddings': {
    model: { values: ['test-model', 'nobody'], observe: status },
    input: { values: ['a', 'b'], observe: ({ body }) => body },
    encoding_format: { values: ['float', 'base64'], observe: ({ body }) => body },
    dimensions: { values: [4, 8], observe: ({ body }) => body },
  },
  'llama-apply-template': {
    model: { values: ['test-model', 'nobody'], observe: status },
    messages: { values: [messages, [{ role: 'user', content: 'else' }]], observe: whole },
    tools: { values: [tools, []], observe: whole },
    tool_choice: {
      values: ['auto', { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }],
      rest: { tools },
      observe: whole,
    },
    functions: { values: [functions, []], observe: whole },
    add_generation_prompt: { values: [true, false], observe: whole },
    chat_template_kwargs: { values: [{ a: 1 }, { a: 2 }], observe: whole },
    reasoning_effort: { values: ['low', 'high'], observe: whole },
    reasoning: { values: [{ effort: 'low' }, { effort: 'high' }], observe: whole },
    enable_thinking: { values: [true, false], observe: whole },
    thinking: { values: [{ type: 'enabled' }, { type: 'disabled' }], observe: whole },
    thinking_budget: renderedBudget,
    thinking_budget_tokens: renderedBudget,
    reasoning_budget: renderedBudget,
    reasoning_budget_tokens: renderedBudget,
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
  'openai-embeddings': { path: '/v1/embeddings', body: { input: 'some words' } },
  'llama-apply-template': { path: '/apply-template', body: { messages } },
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
