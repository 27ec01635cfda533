import { expect, test } from 'vitest';
import {
  holds,
  requested,
  sampled,
  samplingContrasts,
  status,
  testFields,
  thinking,
  type Answer,
  type Contrast,
} from '#test/support/field-contrasts.ts';
import { startTestServer } from '#test/support/start-test-server.ts';

const messages = [{ role: 'user', content: 'count to 3' }];
const tools = [{ type: 'function', function: { name: 'f' } }];
const functions = [{ name: 'f' }];
const grammar = (word: string) => `root ::= "${word}"`;
const typed = (type: string) => ({ type });

const text = ({ body }: Answer) => [...body.matchAll(/"(?:content|text)":"([^"]*)"/g)].map(([, said]) => said).join('');
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
  lora: { values: [[], [{ id: 0, scale: 0.5 }]], observe: requested('adapters') },
  keep_alive: { values: ['5m', -1], observe: requested('keepAliveMs') },
  ttl: { values: [1, 2], observe: requested('keepAliveMs') },
};

const prompt = requested('prompt');
const scores = ({ body }: Answer) => body.match(/"index":\d+,"\w+":[-\d.e]+/g);
const whole = ({ body }: Answer) => body;
const renderedBudget: Contrast = { values: [0, 9], observe: whole };
const budget: Contrast = { values: [0, 9], observe: thinking('budgetTokens') };

const contrasts: Record<keyof typeof endpoints, Record<string, Contrast>> = {
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
  'openai-fim': {
    ...generation,
    prompt: { values: ['a', 'b'], observe: text },
    suffix: { values: ['', ' end'], observe: prompt },
    random_seed: { values: [1, 2], observe: sampled('seed') },
  },
  rerank: {
    model: { values: ['test-model', 'nobody'], observe: status },
    query: { values: ['cat', 'dog'], observe: scores },
    documents: { values: [['cat'], [{ text: 'dog' }]], observe: scores },
    top_n: { values: [1, 2], observe: scores },
    top_k: { values: [1, 2], observe: scores },
    return_documents: { values: [true, false], observe: holds('"document":{"text":"a cat"}') },
    raw_scores: { values: [true, false], observe: scores },
  },
  'text-rerank': {
    model: { values: ['test-model', 'nobody'], observe: status },
    query: { values: ['cat', 'dog'], observe: scores },
    texts: { values: [['cat'], ['dog']], observe: scores },
    top_n: { values: [1, 2], observe: scores },
    return_text: { values: [true, false], observe: holds('"text":"a cat"') },
    raw_scores: { values: [true, false], observe: scores },
  },
  'llama-infill': {
    ...Object.fromEntries(Object.entries(generation).filter(([field]) => field !== 'stream_options')),
    n_probs: { values: [0, 2], observe: holds('"completion_probabilities":[{') },
    input_prefix: { values: ['a', 'b'], observe: prompt },
    input_suffix: { values: ['a', 'b'], observe: prompt },
    input_extra: { values: [[], [{ filename: 'a.ts', text: 'a' }]], observe: prompt },
    prompt: { values: ['a', 'b'], observe: prompt },
  },
  'llama-completion': {
    ...Object.fromEntries(Object.entries(generation).filter(([field]) => field !== 'stream_options')),
    n_probs: { values: [0, 2], observe: holds('"completion_probabilities":[{') },
    prompt: { values: ['a', ['a', 'b']], observe: ({ server }) => server.requests.length },
    return_tokens: { values: [true, false], observe: holds('"tokens":[]') },
    response_fields: { values: [[], ['content']], observe: holds('"timings"') },
  },
  'llama-embedding': {
    model: { values: ['test-model', 'nobody'], observe: status },
    content: { values: ['a', ['a', 'b']], observe: whole },
    input: { values: ['a', ['a', 'b']], rest: { content: null }, observe: whole },
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
  'openai-fim': { path: '/v1/fim/completions', body: { prompt: 'count to 3' } },
  'llama-infill': { path: '/infill', body: { input_prefix: 'count ', input_suffix: ' 2 3' } },
  rerank: { path: '/v1/rerank', body: { query: 'a cat', documents: ['a cat', 'a dog'] } },
  'text-rerank': { path: '/rerank', body: { query: 'a cat', texts: ['a cat', 'a dog'] } },
  'llama-completion': { path: '/completion', body: { prompt: 'count to 3' } },
  'llama-embedding': { path: '/embedding', body: { content: 'some words' } },
  'llama-apply-template': { path: '/apply-template', body: { messages } },
  'llama-tokenize': { path: '/tokenize', body: { content: 'some words' } },
  'llama-detokenize': { path: '/detokenize', body: { tokens: [] } },
} as const;

for (const [endpoint, { path, body }] of Object.entries(endpoints)) {
  const name = endpoint as keyof typeof endpoints;
  testFields(name, { path, body, contrasts: contrasts[name] });
}

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
