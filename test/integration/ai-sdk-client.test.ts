import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';

const clientOf = ({ url }: TestServer, base = '/v1') =>
  createOpenAICompatible({ name: 'impetus', baseURL: `${url}${base}`, includeUsage: true });
const prompt = (text: string) => [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }];
const tools = [
  { type: 'function' as const, name: 'get_weather', inputSchema: { type: 'object' as const, properties: {} } },
];

async function readAll<Part>(stream: ReadableStream<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe.each(['/v1', '/api/v0'])('the AI SDK’s provider at %s', (base) => {
  test('gets text, thinking and counts, whole and streamed', async () => {
    const model = clientOf(await startTestServer(), base).chatModel('test-model');
    const whole = await model.doGenerate({ prompt: prompt('think so then say yes') });
    expect(whole.content).toMatchObject([
      { type: 'reasoning', text: 'so' },
      { type: 'text', text: 'yes' },
    ]);
    expect(whole.finishReason).toMatchObject({ unified: 'stop' });
    const { stream } = await model.doStream({ prompt: prompt('count to 3') });
    const parts = await readAll(stream);
    const text = parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : [])).join('');
    expect(text).toBe('1 2 3');
    const finish = parts.find((part) => part.type === 'finish');
    expect(finish).toMatchObject({ usage: { outputTokens: { total: 3 } } });
  });

  test('goes round with a tool', async () => {
    const model = clientOf(await startTestServer(), base).chatModel('test-model');
    const asked = prompt('call get_weather {"city":"Bern"}');
    const { stream } = await model.doStream({ prompt: asked, tools });
    const call = (await readAll(stream)).find((part) => part.type === 'tool-call');
    expect(call).toMatchObject({ toolName: 'get_weather', input: '{"city":"Bern"}' });
    const toolCallId = call?.type === 'tool-call' ? call.toolCallId : '';
    const { content } = await model.doGenerate({
      prompt: [
        ...asked,
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId, toolName: 'get_weather', input: { city: 'Bern' } }],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId, toolName: 'get_weather', output: { type: 'text', value: 'sunny' } },
          ],
        },
      ],
      tools,
    });
    expect(content).toMatchObject([{ type: 'text', text: 'The tool said: sunny' }]);
  });
});

test('the AI SDK’s provider is told what is wrong, and gets vectors', async () => {
  const client = clientOf(await startTestServer({ settings: { contextSize: 64 } }));
  const tooLong = client.chatModel('test-model').doGenerate({ prompt: prompt('word '.repeat(100)) });
  await expect(tooLong).rejects.toMatchObject({ statusCode: 400, isRetryable: false });
  await expect(client.chatModel('nobody').doGenerate({ prompt: prompt('x') })).rejects.toMatchObject({
    statusCode: 404,
  });
  const { embeddings } = await client.embeddingModel('test-model').doEmbed({ values: ['a', 'b'] });
  expect(embeddings).toHaveLength(2);
});
