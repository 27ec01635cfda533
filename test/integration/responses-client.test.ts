import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
const model = 'test-model';
const weather = {
  type: 'function' as const,
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: true,
};

describe('answers', () => {
  test('a response as a whole', async () => {
    const { url } = await startTestServer();
    const answer = await clientOf(url).responses.create({ model, input: 'count to 3' });
    expect(answer.output_text).toBe('1 2 3');
    expect(answer).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 8, output_tokens: 3, total_tokens: 11 },
    });
  });

  test('a response as a stream: the client’s own record of it is the answer it ends with', async () => {
    const { url } = await startTestServer();
    const stream = clientOf(url).responses.stream({
      model,
      input: 'think of it then say so then call get_weather {"city":"Bern"}',
      tools: [weather],
    });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    const final = await stream.finalResponse();
    expect(final.output).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'of it' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'so' }] },
      { type: 'function_call', name: 'get_weather', arguments: '{"city":"Bern"}', status: 'completed' },
    ]);
    expect(types.filter((type) => !type.endsWith('.delta'))).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.reasoning_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });
});

describe('conversations', () => {
  test('go on from an answer that is kept, with the same prompt as if all were sent', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const first = await client.responses.create({ model, input: 'say one', instructions: 'Be brief.' });
    await client.responses.create({ model, input: 'two', previous_response_id: first.id, instructions: 'Be brief.' });
    const [, followed] = requests;
    await client.responses.create({
      model,
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'say one' },
        { type: 'message', role: 'assistant', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    });
    expect(followed?.prompt).toEqual(requests[2]?.prompt);
    expect(followed?.prompt).toEqual({
      type: 'chat',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'say one' },
        { role: 'assistant', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    });
  });

  test('a round trip with a tool, by what is kept and by sending it all, gives the model the same', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const ask = { role: 'user' as const, content: 'think hm then call get_weather {"city":"Bern"}' };
    const first = await client.responses.create({ model, input: [ask], tools: [weather] });
    const call = first.output.find((item) => item.type === 'function_call');
    const output = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'sunny' };
    const kept = await client.responses.create({
      model,
      tools: [weather],
      previous_response_id: first.id,
      input: [output],
    });
    await client.responses.create({
      model,
      tools: [weather],
      store: false,
      input: [ask, ...(first.output as OpenAI.Responses.ResponseInputItem[]), output],
    });
    expect(kept.output_text).toBe('The tool said: sunny');
    expect(requests[1]?.prompt).toMatchObject({
      messages: [
        { role: 'user', content: ask.content },
        {
          role: 'assistant',
          content: '',
          reasoning: 'hm',
          toolCalls: [{ id: 'call_scripted0', name: 'get_weather', arguments: '{"city":"Bern"}' }],
        },
        { role: 'tool', content: 'sunny', toolCallId: 'call_scripted0' },
      ],
    });
    expect(requests[2]?.prompt).toEqual(requests[1]?.prompt);
  });

  test('thinking that a client carries in its sealed form is the same thinking again', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const ask = { role: 'user' as const, content: 'think of Zürich then say so' };
    const request = { model, store: false, include: ['reasoning.encrypted_content' as const], input: [ask] };
    const first = await client.responses.create(request);
    const [thought] = first.output;
    if (thought?.type !== 'reasoning') throw new Error('There is no thought.');
    expect(Buffer.from(thought.encrypted_content ?? '', 'base64').toString('utf8')).toBe('of Zürich');
    const sealed = {
      type: 'reasoning' as const,
      id: thought.id,
      summary: [],
      encrypted_content: thought.encrypted_content ?? '',
    };
    await client.responses.create({
      ...request,
      input: [ask, sealed, ...(first.output.slice(1) as OpenAI.Responses.ResponseInputItem[]), ask],
    });
    expect(requests[1]?.prompt).toMatchObject({
      messages: [{}, { role: 'assistant', content: 'so', reasoning: 'of Zürich' }, {}],
    });
  });

  test('with a summary asked for, thinking is told as one', async () => {
    const { url } = await startTestServer();
    const stream = clientOf(url).responses.stream({
      model,
      input: 'think of it then say so',
      reasoning: { summary: 'auto' },
    });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect((await stream.finalResponse()).output[0]).toMatchObject({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'of it' }],
    });
    expect(types.slice(2, 9)).toEqual([
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
    ]);
  });

  test('an answer is there as it was given, with its input, until it is deleted', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const answer = await client.responses.create({
      model,
      input: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b', id: 'msg_mine', type: 'message' } as never,
        { role: 'user', content: 'count to 2' },
      ],
      metadata: { topic: 'x' },
    });
    const { _request_id, output_text: _text, ...given } = answer as typeof answer & { _request_id?: string };
    expect(await client.responses.retrieve(answer.id)).toMatchObject(given);
    const page = await client.responses.inputItems.list(answer.id, { limit: 2 });
    expect(page.data).toMatchObject([
      { type: 'message', content: 'count to 2' },
      { id: 'msg_mine', content: 'b' },
    ]);
    const all: unknown[] = [];
    for await (const item of client.responses.inputItems.list(answer.id, { limit: 2, order: 'asc' })) all.push(item);
    expect(all).toMatchObject([{ content: 'a' }, { content: 'b' }, { content: 'count to 2' }]);
    await expect(client.responses.cancel(answer.id)).rejects.toMatchObject({ status: 400 });
    await client.responses.delete(answer.id);
    await expect(client.responses.retrieve(answer.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.responses.delete(answer.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.responses.create({ model, input: 'x', previous_response_id: answer.id })).rejects.toMatchObject(
      {
        status: 400,
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      },
    );
  });

  test('an item can be named in place of itself, as long as it is kept', async () => {
    const { url, requests } = await startTestServer();
    const client = clientOf(url);
    const first = await client.responses.create({ model, input: 'say one' });
    const [own] = (await client.responses.inputItems.list(first.id)).data;
    const input = [
      { type: 'item_reference' as const, id: own?.id ?? '' },
      { type: 'item_reference' as const, id: first.output[0]?.id ?? '' },
      { role: 'user' as const, content: 'two' },
    ];
    await client.responses.create({ model, input });
    expect(requests[1]?.prompt).toMatchObject({
      messages: [
        { role: 'user', content: 'say one' },
        { role: 'assistant', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    });
    await client.responses.delete(first.id);
    await expect(client.responses.create({ model, input })).rejects.toMatchObject({
      status: 404,
      param: 'input[0].id',
    });
  });

  test('a streamed answer is kept before its last event is sent; one that is not to be kept is not', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    for await (const event of await client.responses.create({ model, input: 'count to 1', stream: true })) {
      if (event.type !== 'response.completed') continue;
      expect(await client.responses.retrieve(event.response.id)).toMatchObject({ status: 'completed' });
    }
    const fleeting = await client.responses.create({ model, input: 'count to 1', store: false });
    await expect(client.responses.retrieve(fleeting.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  test('a count is what the answer then costs', async () => {
    const { url } = await startTestServer();
    const client = clientOf(url);
    const first = await client.responses.create({ model, input: 'count to 2' });
    const request = { model, input: 'count to 3', previous_response_id: first.id, instructions: 'Be brief.' };
    const counted = await client.responses.inputTokens.count(request);
    const answer = await client.responses.create(request);
    expect(counted).toMatchObject({ object: 'response.input_tokens', input_tokens: answer.usage?.input_tokens });
  });
});

test('a conversation becomes one item of the model’s own words, and the next turn begins with it', async () => {
  const { url, requests } = await startTestServer();
  const client = clientOf(url);
  const first = await client.responses.create({ model, input: 'say one' });
  const compacted = await client.responses.compact({ model, previous_response_id: first.id });
  expect(compacted).toMatchObject({ object: 'response.compaction', output: [{ type: 'compaction' }] });
  expect(requests[1]?.prompt).toMatchObject({
    messages: [
      { role: 'user', content: 'say one' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: expect.stringMatching(/^Summarise our conversation/) as string },
    ],
  });
  const items = compacted.output as OpenAI.Responses.ResponseInputItem[];
  await client.responses.create({ model, input: [...items, { role: 'user', content: 'two' }] });
  expect(requests[2]?.prompt).toMatchObject({
    messages: [
      { role: 'system', content: expect.stringMatching(/^You said: Summarise our/) as string },
      { role: 'user', content: 'two' },
    ],
  });
});

describe('faults', () => {
  test(
    'an over-long prompt is told at once, streamed or not',
    verifies(['API-28'], { breaks: 'src/main/api/openai/errors.ts#encodeError' }, async () => {
      const { url } = await startTestServer({ settings: { contextSize: 64 } });
      for (const stream of [false, true]) {
        const failure = clientOf(url).responses.create({ model, input: 'word '.repeat(200), stream });
        await expect(failure).rejects.toBeInstanceOf(BadRequestError);
        await expect(failure).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
      }
    }),
  );

  test(
    'after an over-long prompt no client tries again',
    verifies(['API-30'], { breaks: 'src/main/api/openai/errors.ts#encodeError' }, async () => {
      const { url, requests } = await startTestServer({ settings: { contextSize: 64 } });
      const long = 'word '.repeat(200);
      const messages = [{ role: 'user' as const, content: long }];
      const openAi = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none' });
      const anthropic = new Anthropic({ baseURL: url, apiKey: 'none' });
      const tries = [
        () => openAi.chat.completions.create({ model, messages }),
        () => openAi.responses.create({ model, input: long, stream: true }),
        () => anthropic.messages.create({ model, max_tokens: 9, messages }),
      ];
      for (const [index, attempt] of tries.entries()) {
        await expect(attempt()).rejects.toMatchObject({ status: 400 });
        expect(requests).toHaveLength(index + 1);
      }
    }),
  );

  test('an engine that dies in the middle ends the stream with the answer that failed', async () => {
    const { url } = await startTestServer();
    const events = [];
    const stream = await clientOf(url).responses.create({ model, input: 'fail engine-crashed after 2', stream: true });
    for await (const event of stream) events.push(event);
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: 'response.failed',
      sequence_number: events.length - 1,
      response: { status: 'failed', error: { code: 'engine_crashed' } },
    });
  });

  test('a limit leaves an answer incomplete, and says which', async () => {
    const { url } = await startTestServer();
    const stream = clientOf(url).responses.stream({ model, input: 'count to 9', max_output_tokens: 2 });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.at(-1)).toBe('response.incomplete');
    const whole = await clientOf(url).responses.create({ model, input: 'count to 9', max_output_tokens: 2 });
    for (const answer of [whole, await stream.finalResponse()]) {
      expect(answer).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ status: 'incomplete', content: [{ text: '1 2' }] }],
      });
    }
  });

  test('two at once both end; leaving one frees its sequence', async () => {
    const { url, scheduler } = await startTestServer({ msPerToken: 5, settings: { slots: 1 } });
    const client = clientOf(url);
    const both = await Promise.all(
      ['count to 4', 'count to 5'].map((input) => client.responses.create({ model, input })),
    );
    expect(both.map(({ output_text: text }) => text)).toEqual(['1 2 3 4', '1 2 3 4 5']);
    const stream = await client.responses.create({ model, input: 'count to 5000', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    expect((await client.responses.create({ model, input: 'count to 2' })).output_text).toBe('1 2');
    expect((await scheduler.peek(model)?.stats())?.sequences).toMatchObject([{ state: 'idle' }]);
  });
});

describe('probabilities', () => {
  test('come with the text, in the whole answer and in the stream alike', async () => {
    const { url } = await startTestServer();
    const request = {
      model,
      input: 'count to 2',
      include: ['message.output_text.logprobs' as const],
      top_logprobs: 1,
    };
    const whole = await clientOf(url).responses.create(request);
    const streamed = await clientOf(url).responses.stream(request).finalResponse();
    const partOf = ({ output }: typeof whole) => (output[0]?.type === 'message' ? output[0].content[0] : undefined);
    expect(partOf(whole)).toMatchObject({
      logprobs: [
        { token: '1', top_logprobs: [{}] },
        { token: ' 2', top_logprobs: [{}] },
      ],
    });
    expect(partOf(streamed)).toMatchObject(partOf(whole) ?? {});
  });
});

test('a turn as Codex sends it: what it reads of the stream is there', async () => {
  const { url, requests } = await startTestServer();
  const part = (text: string) => [{ type: 'input_text', text }];
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      originator: 'codex_exec',
      'session-id': 's',
      'x-codex-turn-metadata': '{}',
    },
    body: JSON.stringify({
      model,
      stream: true,
      input: [
        { type: 'message', id: 'msg_base', role: 'developer', content: part('You are Codex.') },
        { type: 'message', id: 'msg_more', role: 'user', content: part('<environment_context/>') },
        { type: 'message', id: 'msg_ask', role: 'user', content: part('think of it then call shell {"command":"ls"}') },
      ],
      tools: [
        { type: 'function', name: 'shell', description: 'Runs.', strict: false, parameters: { type: 'object' } },
        { type: 'namespace', name: 'multi_agent_v1', description: 'x', tools: [{ type: 'function', name: 'spawn' }] },
        { type: 'web_search', external_web_access: false },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { summary: 'auto' },
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'k',
      client_metadata: { installation: 'i' },
    }),
  });
  const events = (await response.text()).split('\n\n').flatMap((frame) => {
    const data = frame.split('\ndata: ')[1];
    return data === undefined ? [] : [JSON.parse(data) as { type: string; item?: object; response?: object }];
  });
  const items = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  expect(items).toMatchObject([
    { type: 'reasoning', summary: [{ text: 'of it' }], encrypted_content: expect.any(String) as string },
    { type: 'function_call', name: 'shell', arguments: '{"command":"ls"}', call_id: 'call_scripted0' },
  ]);
  expect(events.at(-1)).toMatchObject({
    type: 'response.completed',
    response: { id: expect.stringMatching(/^resp_/) as string, usage: { total_tokens: expect.any(Number) as number } },
  });
  expect(requests[0]?.prompt).toMatchObject({
    messages: [{ role: 'system', content: 'You are Codex.' }, { role: 'user' }, { role: 'user' }],
    tools: [{ name: 'shell' }, { name: 'spawn' }],
  });
});
