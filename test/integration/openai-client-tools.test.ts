import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

function clientOf({ url }: TestServer): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
}

const user = (content: string) => [{ role: 'user' as const, content }];

const weather = {
  type: 'function' as const,
  function: {
    name: 'get-weather',
    strict: true,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

describe('the official client', () => {
  test(
    'puts a streamed call together from its pieces',
    verifies(['API-06'], { breaks: 'src/main/api/openai/chat/chunks.ts#ChatChunks' }, async () => {
      const client = clientOf(await startTestServer());
      const stream = client.chat.completions.stream({
        model: 'test-model',
        messages: user('call get-weather {"city": "Bern"}'),
        tools: [weather],
      });
      const pieces: string[] = [];
      stream.on('tool_calls.function.arguments.delta', ({ arguments_delta }) => pieces.push(arguments_delta));
      const done: unknown[] = [];
      stream.on('tool_calls.function.arguments.done', ({ name, arguments: json, parsed_arguments }) =>
        done.push([name, json, parsed_arguments]),
      );
      const { choices } = await stream.finalChatCompletion();
      expect(pieces).toEqual(['', '{"city":', ' "Bern"}']);
      expect(done).toEqual([['get-weather', '{"city": "Bern"}', { city: 'Bern' }]]);
      expect(choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ type: 'function', function: { name: 'get-weather' } }] },
      });
    }),
  );

  test('runs a tool, sends its result back and gets the answer', async () => {
    const asked: unknown[] = [];
    const server = await startTestServer();
    const runner = clientOf(server).chat.completions.runTools({
      model: 'test-model',
      messages: user('call get-weather {"city": "Bern"}'),
      stream: true,
      tools: [
        {
          type: 'function',
          function: {
            name: 'get-weather',
            description: 'The weather of a city',
            parameters: weather.function.parameters,
            function: (json: string) => {
              asked.push(json);
              return 'sunny';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('The tool said: sunny');
    expect(asked).toEqual(['{"city": "Bern"}']);
    expect(server.requests[1]?.prompt).toMatchObject({
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'call_scripted0', name: 'get-weather', arguments: '{"city": "Bern"}' }],
        },
        { role: 'tool', toolCallId: 'call_scripted0', content: 'sunny' },
      ],
    });
  });

  test('asks for a schema and parses the answer by it, whole and streamed', async () => {
    const server = await startTestServer();
    const client = clientOf(server);
    const request = {
      model: 'test-model',
      messages: user('echo {"city":"Bern","degrees":7}'),
      response_format: zodResponseFormat(z.object({ city: z.string(), degrees: z.int() }), 'report'),
    };
    const whole = await client.chat.completions.parse(request);
    expect(whole.choices[0]?.message.parsed).toEqual({ city: 'Bern', degrees: 7 });
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual({ city: 'Bern', degrees: 7 });
    expect(server.requests[0]?.output).toMatchObject({
      type: 'json-schema',
      schema: { type: 'object', required: ['city', 'degrees'], additionalProperties: false },
    });
  });

  test('learns which keyword of its schema cannot be enforced, streamed or not', async () => {
    const server = await startTestServer({ failureData: { path: '/properties/a/oneOf/0', keyword: 'oneOf' } });
    const ask = (stream: boolean) =>
      clientOf(server).chat.completions.create({
        model: 'test-model',
        messages: user('fail schema-unsupported'),
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
        stream,
      });
    for (const stream of [false, true]) {
      await expect(ask(stream)).rejects.toMatchObject({
        status: 400,
        code: 'schema_unsupported',
        param: 'response_format.json_schema.schema.properties.a.oneOf[0]',
      });
    }
  });

  test('gathers probabilities from a stream, and finds thinking beside the text', async () => {
    const client = clientOf(await startTestServer());
    const stream = client.chat.completions.stream({
      model: 'test-model',
      messages: user('think Let me see then say Well done'),
      logprobs: true,
      top_logprobs: 1,
    });
    let thought = '';
    stream.on('chunk', ({ choices: [choice] }) => {
      thought += (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
    });
    const { choices } = await stream.finalChatCompletion();
    expect([thought, choices[0]?.message.content]).toEqual(['Let me see', 'Well done']);
    expect(choices[0]?.logprobs?.content?.map(({ token, top_logprobs }) => [token, top_logprobs.length])).toEqual([
      ['Well', 1],
      [' done', 1],
    ]);
  });

  test('gets the older function call it asked for', async () => {
    const client = clientOf(await startTestServer());
    const answer = await client.chat.completions.create({
      model: 'test-model',
      messages: user('call f {"a":1}'),
      functions: [{ name: 'f', parameters: {} }],
      function_call: 'auto',
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { function_call: { name: 'f', arguments: '{"a":1}' } },
    });
  });

  test('gets several choices at once, each from a seed of its own, with the prompt counted once', async () => {
    const server = await startTestServer({ settings: { slots: 4 } });
    const answer = await clientOf(server).chat.completions.create({
      model: 'test-model',
      messages: user('count to 3'),
      n: 3,
      seed: 7,
    });
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, '1 2 3'],
      [1, '1 2 3'],
      [2, '1 2 3'],
    ]);
    expect(server.requests.map(({ sampling }) => sampling.seed)).toEqual([7, 8, 9]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 9, total_tokens: 17 });
  });
});
