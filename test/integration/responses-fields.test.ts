import { expect, test } from 'vitest';
import {
  holds,
  requested,
  samplingContrasts,
  status,
  testFields,
  thinking,
  type Answer,
  type Contrast,
} from '#test/support/field-contrasts.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const input = 'count to 3';
const tools = [{ type: 'function', name: 'f' }];
const prompt = requested('prompt');
const format = (type: string) => ({ format: { type: 'json_schema', name: 'x', schema: { type } } });
const idOf = ({ body }: Answer) => (JSON.parse(body) as { id: string }).id;

const stored: Contrast['observe'] = async (answer) =>
  (await fetch(`${answer.server.url}/v1/responses/${idOf(answer)}`)).status;

testFields('openai-responses', {
  path: '/v1/responses',
  body: { input },
  contrasts: {
    ...samplingContrasts,
    model: { values: [undefined, 'nobody'], observe: status },
    input: { values: ['one', [{ role: 'user', content: 'two' }]], observe: prompt },
    instructions: { values: ['one', 'two'], observe: prompt },
    previous_response_id: { values: [undefined, 'resp_0'], observe: status },
    tools: { values: [tools, []], observe: prompt },
    tool_choice: { values: ['none', 'required'], rest: { tools }, observe: requested('toolChoice') },
    reasoning: { values: [{ effort: 'low' }, { effort: 'high' }], observe: thinking('effort') },
    max_output_tokens: { values: [1, 2], observe: requested('maxTokens') },
    parallel_tool_calls: { values: [true, false], rest: { tools }, observe: requested('parallelToolCalls') },
    text: { values: [format('object'), format('array')], observe: requested('output') },
    stream: { values: [true, false], observe: ({ contentType }) => contentType },
    store: { values: [true, false], observe: stored },
    metadata: { values: [{ topic: 'a' }, { topic: 'b' }], observe: holds('"metadata":{"topic":"a"}') },
    include: { values: [['message.output_text.logprobs'], []], observe: holds('"logprob":') },
    top_logprobs: { values: [0, 2], observe: requested('tokenProbabilities') },
  },
});

const counted: Contrast['observe'] = ({ body }) => body;

testFields('openai-responses-input', {
  path: '/v1/responses/input_tokens',
  body: { input },
  contrasts: {
    model: { values: [undefined, 'nobody'], observe: status },
    input: { values: ['one', [{ role: 'user', content: 'many more words than one' }]], observe: counted },
    instructions: { values: ['one', 'many more words'], observe: counted },
    previous_response_id: { values: [undefined, 'resp_0'], observe: status },
    tools: { values: [tools, [...tools, ...tools]], observe: status },
    tool_choice: { values: ['auto', { type: 'function', name: 'g' }], rest: { tools }, observe: status },
    reasoning: { values: [{ effort: 'low' }, { effort: 'some' }], observe: status },
  },
});

testFields('openai-responses-compact', {
  path: '/v1/responses/compact',
  body: { input },
  contrasts: {
    model: { values: [undefined, 'nobody'], observe: status },
    input: { values: ['one', [{ role: 'user', content: 'two' }]], observe: prompt },
    instructions: { values: ['one', 'two'], observe: prompt },
    previous_response_id: { values: [undefined, 'resp_0'], observe: status },
  },
});

async function send(body: object, headers: Record<string, string> = {}) {
  const server = await startTestServer();
  const response = await fetch(`${server.url}/v1/responses`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ input, ...body }),
  });
  return {
    server,
    response,
    request: server.requests.at(-1),
    body: (await response.json()) as Record<string, unknown>,
  };
}

test(
  'tools of a namespace are offered by their own names, tools of a server are left out and named',
  verifies(['API-03'], { breaks: 'src/main/api/openai/responses/tool-fields.ts#decodeTools' }, async () => {
    const { response, request, body } = await send({
      input: 'call spawn {"task":"x"}',
      tools: [
        { ...tools[0], description: 'one', strict: false },
        { type: 'namespace', name: 'multi_agent_v1', tools: [{ type: 'function', name: 'spawn', parameters: {} }] },
        { type: 'web_search', external_web_access: false },
      ],
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-impetus-ignored')).toBe('tools%5B%5D.web_search');
    expect(request?.prompt).toMatchObject({
      tools: [
        { name: 'f', description: 'one' },
        { name: 'spawn', parameters: {} },
      ],
    });
    expect(body).toMatchObject({
      output: [{ type: 'function_call', name: 'spawn', namespace: 'multi_agent_v1', arguments: '{"task":"x"}' }],
      tools: [{ type: 'function', name: 'f', description: 'one', parameters: null, strict: false }],
    });
  }),
);

test('a custom tool is a function of one text to the model, and itself to the client', async () => {
  const { request, body } = await send({
    input: 'call patch {"input":"*** Begin"}',
    tools: [{ type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }],
    tool_choice: { type: 'custom', name: 'patch' },
  });
  expect(request).toMatchObject({
    toolChoice: { type: 'named', names: ['patch'] },
    prompt: { tools: [{ name: 'patch', parameters: { required: ['input'] } }] },
  });
  expect(body).toMatchObject({
    output: [{ type: 'custom_tool_call', name: 'patch', input: '*** Begin', call_id: 'call_scripted0' }],
  });
});

test(
  'an empty input with a limit of one token is answered',
  verifies(['API-16'], { breaks: 'src/main/api/openai/responses/conversation.ts#gatherConversation' }, async () => {
    const { response, body } = await send({ input: '', max_output_tokens: 1 });
    expect(response.status).toBe(200);
    expect(body).toMatchObject({
      object: 'response',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'message', status: 'incomplete' }],
    });
  }),
);

test('what is ignored within known fields is named, and what is unknown of the input', async () => {
  const { response } = await send({
    input: [
      { type: 'web_search_call', id: 'ws_1' },
      { role: 'user', content: 'count to 1' },
    ],
    include: ['reasoning.encrypted_content', 'web_search_call.action.sources'],
    text: { verbosity: 'low' },
    truncation: 'auto',
    prompt_cache_key: 'k',
    client_metadata: { x: 'y' },
  });
  expect(response.status).toBe(200);
  expect(decodeURIComponent(response.headers.get('x-impetus-ignored') ?? '')).toBe(
    'truncation, prompt_cache_key, client_metadata, include[].web_search_call.action.sources, text.verbosity, ' +
      'input[].web_search_call',
  );
});

test('every member of the resource is there; those without effect are repeated', async () => {
  const { body } = await send({
    temperature: 0.5,
    user: 'ann',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    max_tool_calls: 3,
    reasoning: { effort: 'low', summary: 'auto' },
  });
  expect(Object.keys(body).sort()).toEqual(
    [
      ...['background', 'completed_at', 'created_at', 'error', 'frequency_penalty', 'id', 'incomplete_details'],
      ...['instructions', 'max_output_tokens', 'max_tool_calls', 'metadata', 'model', 'object', 'output'],
      ...['parallel_tool_calls', 'presence_penalty', 'previous_response_id', 'prompt_cache_key', 'reasoning'],
      ...['safety_identifier', 'service_tier', 'status', 'store', 'temperature', 'text', 'tool_choice', 'tools'],
      ...['top_logprobs', 'top_p', 'truncation', 'usage', 'user'],
    ].sort(),
  );
  expect(body).toMatchObject({
    temperature: 0.5,
    top_p: 0.95,
    presence_penalty: 0,
    user: 'ann',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    max_tool_calls: 3,
    reasoning: { effort: 'low', summary: 'auto' },
    truncation: 'disabled',
    text: { format: { type: 'text' } },
    usage: {
      input_tokens: 8,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 11,
    },
  });
});
