import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestServer } from '#test/support/start-test-server.ts';

/** What the compliance suite of Open Responses demands of an answer and of every event of its stream. */
const statusSchema = z.enum(['in_progress', 'completed', 'incomplete']);
const textPartSchema = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
});
const reasoningPartSchema = z.strictObject({ type: z.literal('reasoning_text'), text: z.string() });
const summaryPartSchema = z.strictObject({ type: z.literal('summary_text'), text: z.string() });
const itemSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message'),
    id: z.string(),
    status: statusSchema,
    role: z.literal('assistant'),
    content: z.array(textPartSchema),
  }),
  z.strictObject({
    type: z.literal('function_call'),
    id: z.string(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status: statusSchema,
  }),
  z.strictObject({
    type: z.literal('reasoning'),
    id: z.string(),
    status: statusSchema,
    summary: z.array(summaryPartSchema),
    content: z.array(reasoningPartSchema).optional(),
    encrypted_content: z.string().optional(),
  }),
]);
const nullableText = z.string().nullable();
const responseSchema = z.strictObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
  incomplete_details: z.strictObject({ reason: z.string() }).nullable(),
  model: z.string(),
  previous_response_id: nullableText,
  instructions: nullableText,
  output: z.array(itemSchema),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  tools: z.array(
    z.strictObject({
      type: z.literal('function'),
      name: z.string(),
      description: nullableText,
      parameters: z.record(z.string(), z.unknown()).nullable(),
      strict: z.boolean().nullable(),
    }),
  ),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.record(z.string(), z.unknown())]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.strictObject({ format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }) }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  temperature: z.number(),
  reasoning: z.strictObject({ effort: nullableText, summary: nullableText }).nullable(),
  usage: z
    .strictObject({
      input_tokens: z.int(),
      output_tokens: z.int(),
      total_tokens: z.int(),
      input_tokens_details: z.strictObject({ cached_tokens: z.int() }),
      output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
    })
    .nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.unknown(),
  safety_identifier: nullableText,
  prompt_cache_key: nullableText,
  user: nullableText,
});

const whole = <Type extends string>(type: Type) => ({
  type: z.literal(type),
  sequence_number: z.int(),
  response: responseSchema,
});
const ofItem = <Type extends string>(type: Type) => ({
  type: z.literal(type),
  sequence_number: z.int(),
  output_index: z.int(),
});
const inItem = <Type extends string>(type: Type) => ({ ...ofItem(type), item_id: z.string() });
const inContent = <Type extends string>(type: Type) => ({ ...inItem(type), content_index: z.int() });
const inSummary = <Type extends string>(type: Type) => ({ ...inItem(type), summary_index: z.int() });
const eventSchema = z.discriminatedUnion('type', [
  z.strictObject(whole('response.created')),
  z.strictObject(whole('response.in_progress')),
  z.strictObject(whole('response.completed')),
  z.strictObject(whole('response.failed')),
  z.strictObject(whole('response.incomplete')),
  z.strictObject({ ...ofItem('response.output_item.added'), item: itemSchema }),
  z.strictObject({ ...ofItem('response.output_item.done'), item: itemSchema }),
  z.strictObject({
    ...inContent('response.content_part.added'),
    part: z.union([textPartSchema, reasoningPartSchema]),
  }),
  z.strictObject({
    ...inContent('response.content_part.done'),
    part: z.union([textPartSchema, reasoningPartSchema]),
  }),
  z.strictObject({
    ...inContent('response.output_text.delta'),
    delta: z.string(),
    logprobs: z.array(z.unknown()),
  }),
  z.strictObject({ ...inContent('response.output_text.done'), text: z.string(), logprobs: z.array(z.unknown()) }),
  z.strictObject({ ...inContent('response.reasoning_text.delta'), delta: z.string() }),
  z.strictObject({ ...inContent('response.reasoning_text.done'), text: z.string() }),
  z.strictObject({ ...inSummary('response.reasoning_summary_part.added'), part: summaryPartSchema }),
  z.strictObject({ ...inSummary('response.reasoning_summary_part.done'), part: summaryPartSchema }),
  z.strictObject({ ...inSummary('response.reasoning_summary_text.delta'), delta: z.string() }),
  z.strictObject({ ...inSummary('response.reasoning_summary_text.done'), text: z.string() }),
  z.strictObject({ ...inItem('response.function_call_arguments.delta'), delta: z.string() }),
  z.strictObject({ ...inItem('response.function_call_arguments.done'), arguments: z.string() }),
]);

const message = (role: string, content: string) => ({ type: 'message', role, content });
const weather = { type: 'function', name: 'get_weather', description: 'x', parameters: { type: 'object' } };
const call = message('user', 'call get_weather {"location":"Paris"}');

const requests: Record<string, object> = {
  'a basic answer': { input: [message('user', 'Say hello')] },
  'a system prompt': { input: [message('system', 'You are a pirate.'), message('user', 'Say hello')] },
  'a call of a tool': { input: [call], tools: [weather] },
  'several turns': { input: [message('user', 'a'), message('assistant', 'b'), message('user', 'c')] },
  thinking: { input: [message('user', 'think of it then say so')], include: ['reasoning.encrypted_content'] },
  'thinking as a summary': { input: [message('user', 'think of it then say so')], reasoning: { summary: 'auto' } },
  'an answer that is cut off': { input: [message('user', 'count to 9')], max_output_tokens: 2 },
};

async function post(body: object): Promise<string> {
  const { url } = await startTestServer();
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer any' },
    body: JSON.stringify({ model: 'test-model', ...body }),
  });
  expect(response.status).toBe(200);
  return response.text();
}

describe.each(Object.entries(requests))('%s', (name, request) => {
  const status = name.includes('cut off') ? 'incomplete' : 'completed';

  test('is a resource with every member', async () => {
    const answer = responseSchema.parse(JSON.parse(await post({ ...request, stream: false })));
    expect(answer.status).toBe(status);
    expect(answer.output.length).toBeGreaterThan(0);
  });

  test('is a stream of known events, numbered through, each in one piece and with its name', async () => {
    const frames = (await post({ ...request, stream: true })).split('\n\n').filter((frame) => frame !== '');
    const events = frames.map((frame, index) => {
      const [, named, data = ''] = /^event: (\S+)\ndata: (.+)$/.exec(frame) ?? [];
      const event = eventSchema.parse(JSON.parse(data));
      expect([event.type, event.sequence_number]).toEqual([named, index]);
      return event;
    });
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
    const last = events.at(-1);
    expect(last?.type).toBe(`response.${status}`);
    const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
    expect(last).toMatchObject({ response: { output: done } });
  });
});

test('seven at once all end', async () => {
  const { url } = await startTestServer();
  const answers = await Promise.all(
    Array.from({ length: 7 }, async (_, index) => {
      const body = JSON.stringify({ input: `count to ${index + 1}`, stream: index % 2 === 0 });
      return (await fetch(`${url}/v1/responses`, { method: 'POST', body })).text();
    }),
  );
  for (const answer of answers) expect(answer).toContain('"status":"completed","background":false');
});
