import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';

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
});
