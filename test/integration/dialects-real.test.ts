import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let started: StartedApp;
let anthropic: Anthropic;
let openAi: OpenAI;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
  anthropic = new Anthropic({ baseURL: started.url, apiKey: 'none', maxRetries: 0 });
  openAi = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
}, 60_000);

afterAll(async () => {
  await started.stop();
});

const model = 'smollm2-135m-instruct.q4_1';
const user = (content: string) => [{ role: 'user' as const, content }];
const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string', maxLength: 12 } },
  required: ['city'],
  additionalProperties: false,
};

describe('a real model through Anthropic’s client', () => {
  const greedy = { model, max_tokens: 40, temperature: 0 };

  test('says the same streamed or not, and a second turn reads nothing again', async () => {
    const request = { ...greedy, system: 'You are a helpful assistant.', messages: user('Name one colour.') };
    const whole = await anthropic.messages.create(request);
    const streamed = await anthropic.messages.stream(request).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    const counted = await anthropic.messages.countTokens({ ...request, max_tokens: undefined } as never);
    const firstPrompt = whole.usage.input_tokens + (whole.usage.cache_read_input_tokens ?? 0);
    expect(counted.input_tokens).toBe(firstPrompt);
    const next = await anthropic.messages.create({
      ...request,
      messages: [...request.messages, { role: 'assistant', content: whole.content }, ...user('Another one.')],
    });
    // Everything of the first turn but its very last token is kept, and that one at most.
    expect(next.usage.cache_read_input_tokens).toBeGreaterThanOrEqual(firstPrompt + whole.usage.output_tokens - 1);
  });

  test('calls a tool when it must, with arguments that hold by the schema', async () => {
    const answer = await anthropic.messages
      .stream({
        ...greedy,
        max_tokens: 80,
        messages: user('What is the weather in Bern?'),
        tools: [{ name: 'get_weather', input_schema: schema }],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      })
      .finalMessage();
    expect(answer.stop_reason).toBe('tool_use');
    const [call] = answer.content.filter((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', id: expect.stringMatching(/^toolu_[A-Za-z0-9]{24}$/) as string });
    const { city } = call?.input as { city: string };
    expect(city.length).toBeLessThanOrEqual(12);
  });
});

describe('a real model through OpenAI’s client for responses', () => {
  const greedy = { model, max_output_tokens: 40, temperature: 0 };

  test('goes on from an answer that is kept without reading it again', async () => {
    const first = await openAi.responses.create({ ...greedy, input: 'Name one animal.' });
    const streamed = await openAi.responses.stream({ ...greedy, input: 'Name one animal.' }).finalResponse();
    expect(streamed.output_text).toBe(first.output_text);
    const next = await openAi.responses.create({ ...greedy, input: 'Another one.', previous_response_id: first.id });
    const { input_tokens: input = 0, output_tokens: output = 0 } = first.usage ?? {};
    expect(next.usage?.input_tokens_details.cached_tokens).toBeGreaterThanOrEqual(input + output - 1);
  });

  test('answers by a schema, and calls the tool that is named', async () => {
    const bound = await openAi.responses.create({
      ...greedy,
      max_output_tokens: 80,
      input: 'Where is the Eiffel tower?',
      text: { format: { type: 'json_schema', name: 'place', schema } },
    });
    expect(Object.keys(JSON.parse(bound.output_text) as object)).toEqual(['city']);
    const called = await openAi.responses
      .stream({
        ...greedy,
        max_output_tokens: 80,
        input: 'What is the weather in Bern?',
        tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: true }],
        tool_choice: { type: 'function', name: 'get_weather' },
      })
      .finalResponse();
    const [call] = called.output;
    if (call?.type !== 'function_call') throw new Error('There is no call.');
    expect(Object.keys(JSON.parse(call.arguments) as object)).toEqual(['city']);
  });
});
