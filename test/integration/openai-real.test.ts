import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let started: StartedApp;
let client: OpenAI;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
  client = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
}, 60_000);

afterAll(async () => {
  await started.stop();
});

const model = 'smollm2-135m-instruct.q4_1';
const user = (content: string) => [{ role: 'user' as const, content }];
const greedy = { model, temperature: 0, max_tokens: 80 };

const tools = ['get-weather', 'get-time'].map((name) => ({
  type: 'function' as const,
  function: {
    name,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 12 } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}));
const argumentsSchema = z.strictObject({ city: z.string().max(12) });

describe('a model without a template for tools, through the official client', () => {
  const request = {
    ...greedy,
    messages: user('What is the weather in Bern?'),
    tools,
    parallel_tool_calls: false,
  };

  test('calls when it must, with arguments that hold by the schema, streamed or not', async () => {
    const whole = await client.chat.completions.create({ ...request, tool_choice: 'required' });
    const streamed = await client.chat.completions
      .stream({ ...request, tool_choice: 'required' })
      .finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const [call] = choices[0]?.message.tool_calls ?? [];
      if (call?.type !== 'function') throw new Error('There is no call.');
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      expect(choices[0]?.message.tool_calls).toHaveLength(1);
      expect(call.id).toMatch(/^call_[A-Za-z0-9]{24}$/);
      expect(argumentsSchema.safeParse(JSON.parse(call.function.arguments)).success).toBe(true);
    }
    const argumentsOf = (choices: (typeof whole)['choices']) =>
      choices[0]?.message.tool_calls?.map((call) => (call.type === 'function' ? call.function : undefined));
    expect(argumentsOf(streamed.choices)).toMatchObject(argumentsOf(whole.choices) ?? []);
  });

  test('calls the one that is named, and none when it must not', async () => {
    const named = await client.chat.completions.create({
      ...request,
      tool_choice: { type: 'function', function: { name: 'get-time' } },
    });
    expect(named.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'get-time' } }]);
    const none = await client.chat.completions.create({ ...request, tool_choice: 'none' });
    expect(none.choices[0]?.message.tool_calls).toBeUndefined();
    expect(none.choices[0]?.message.content).not.toBe('');
  });

  test('is counted before it is asked', async () => {
    const response = await fetch(`${started.url}/v1/chat/completions/input_tokens`, {
      method: 'POST',
      body: JSON.stringify(request),
    });
    const { input_tokens: counted } = (await response.json()) as { input_tokens: number };
    const answer = await client.chat.completions.create({ ...request, max_tokens: 1 });
    expect(answer.usage?.prompt_tokens).toBe(counted);
  });
});

test('an answer holds by its schema', async () => {
  const person = z.object({ name: z.string().max(12), age: z.int().min(0).max(99) });
  const answer = await client.chat.completions.parse({
    ...greedy,
    messages: user('Describe a person.'),
    response_format: zodResponseFormat(person, 'person'),
  });
  expect(person.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
});

test('a schema that cannot be enforced is refused by its place before anything is generated', async () => {
  const failure = client.chat.completions.create({
    ...greedy,
    messages: user('x'),
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'string', pattern: '(?=a)' } } },
  });
  await expect(failure).rejects.toMatchObject({
    status: 400,
    code: 'schema_unsupported',
    param: 'response_format.json_schema.schema.pattern',
  });
});

describe('probabilities of the real distribution', () => {
  test('the greedy token is the likeliest, and the others follow', async () => {
    const { choices } = await client.chat.completions.create({
      ...greedy,
      max_tokens: 5,
      messages: user('Say hi'),
      logprobs: true,
      top_logprobs: 3,
    });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens).toHaveLength(5);
    expect(tokens.map(({ token }) => token).join('')).toBe(choices[0]?.message.content);
    for (const { token, logprob, top_logprobs } of tokens) {
      expect(top_logprobs[0]).toMatchObject({ token, logprob });
      const figures = top_logprobs.map((top) => top.logprob);
      expect(figures).toEqual([...figures].sort((left, right) => right - left));
      expect(figures.reduce((sum, figure) => sum + Math.exp(figure), 0)).toBeLessThanOrEqual(1);
    }
  });

  test('a prompt that was scored has the figures it had when it was generated', async () => {
    const generated = await client.completions.create({ ...greedy, prompt: 'Once upon a', max_tokens: 3, logprobs: 1 });
    const said = generated.choices[0];
    const scored = await client.completions.create({
      ...greedy,
      prompt: `Once upon a${said?.text ?? ''}`,
      max_tokens: 0,
      logprobs: 1,
      echo: true,
    });
    const { tokens, token_logprobs: figures, text_offset } = scored.choices[0]?.logprobs ?? {};
    expect(tokens?.join('')).toBe(scored.choices[0]?.text);
    expect(figures?.[0]).toBeNull();
    expect(text_offset?.slice(0, 3)).toEqual([0, 4, 9]);
    expect(tokens?.slice(3)).toEqual(said?.logprobs?.tokens);
    for (const [index, figure] of (said?.logprobs?.token_logprobs ?? []).entries()) {
      expect(figures?.[index + 3]).toBeCloseTo(figure, 1);
    }
  });
});

test('a forbidden token is never said', async () => {
  const ask = (logit_bias: Record<string, number>) =>
    client.chat.completions.create({ ...greedy, max_tokens: 4, messages: user('Say hi'), logit_bias, logprobs: true });
  const free = await ask({});
  const first = free.choices[0]?.logprobs?.content?.[0] as { id: number; token: string } | undefined;
  const bound = await ask({ [String(first?.id)]: -100 });
  expect(bound.choices[0]?.logprobs?.content?.map(({ token }) => token)).not.toContain(first?.token);
});
