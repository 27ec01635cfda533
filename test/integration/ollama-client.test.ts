import { Ollama } from 'ollama';
import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';

const model = 'test-model';
const user = (content: string) => [{ role: 'user', content }];
const clientOf = ({ url }: Pick<TestServer, 'url'>, headers: Record<string, string> = {}) =>
  new Ollama({ host: url, headers });

describe('the official client', () => {
  test('chats, whole and streamed', async () => {
    const client = clientOf(await startTestServer());
    const whole = await client.chat({ model, messages: user('count to 3') });
    expect(whole).toMatchObject({
      model,
      message: { role: 'assistant', content: '1 2 3' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 8,
      eval_count: 3,
    });
    expect(whole.total_duration).toBeGreaterThan(0);
    let text = '';
    for await (const part of await client.chat({ model, messages: user('echo Grüße, 世界 👋'), stream: true })) {
      text += part.message.content;
    }
    expect(text).toBe('Grüße, 世界 👋');
  });

  test('calls a tool, and answers with its result', async () => {
    const client = clientOf(await startTestServer());
    const messages = user('call get_weather {"city":"Bern"}');
    const tools = [
      { type: 'function', function: { name: 'get_weather', description: 'x', parameters: { type: 'object' } } },
    ];
    const { message } = await client.chat({ model, messages, tools });
    expect(message.tool_calls?.[0]?.function).toMatchObject({ name: 'get_weather', arguments: { city: 'Bern' } });
    const next = await client.chat({
      model,
      messages: [...messages, message, { role: 'tool', content: 'sunny', tool_name: 'get_weather' }],
      tools,
    });
    expect(next.message.content).toBe('The tool said: sunny');
  });

  test('keeps thinking apart', async () => {
    const traits = { gives: 'text', presentsTools: false, thinks: true, fillsIn: false } as const;
    const client = clientOf(await startTestServer({ records: [makeModelRecord({ facts: { traits } })] }));
    const { message } = await client.chat({ model, messages: user('think hard then say yes'), think: true });
    expect(message).toMatchObject({ thinking: 'hard', content: 'yes' });
  });

  test('generates, and goes on from the context', async () => {
    const client = clientOf(await startTestServer());
    const first = await client.generate({ model, prompt: 'count to 2' });
    expect(first.response).toBe('1 2');
    const second = await client.generate({ model, prompt: 'count to 2', context: first.context });
    expect(second.context.slice(0, first.context.length)).toEqual(first.context);
  });

  test('embeds, lists, shows who runs, pulls what is there', async () => {
    const server = await startTestServer();
    const client = clientOf(server);
    const { embeddings } = await client.embed({ model, input: ['a', 'b'] });
    expect(embeddings).toHaveLength(2);
    expect((await client.embeddings({ model, prompt: 'a' })).embedding).toEqual(embeddings[0]);
    expect((await client.list()).models.map(({ name }) => name)).toEqual(['test-model:latest']);
    expect((await client.ps()).models.map(({ name }) => name)).toEqual(['test-model:latest']);
    expect((await client.version()).version).toMatch(/^0\.\d+\.\d+$/);
    const statuses = [];
    for await (const { status } of await client.pull({ model, stream: true })) statuses.push(status);
    expect(statuses.at(-1)).toBe('success');
  });

  test('copies and deletes with the token, not without', async () => {
    const server = await startTestServer();
    const manager = clientOf(server, { authorization: 'Bearer manager' });
    await manager.copy({ source: model, destination: 'mine' });
    expect((await manager.list()).models).toHaveLength(2);
    await manager.create({ model: 'yours', from: model });
    await manager.delete({ model: 'mine' });
    expect((await manager.list()).models.map(({ name }) => name)).toEqual(['test-model:latest', 'yours:latest']);
    await expect(clientOf(server).delete({ model: 'yours' })).rejects.toMatchObject({ status_code: 401 });
  });

  test('is told what is wrong in its own error', async () => {
    const client = clientOf(await startTestServer());
    await expect(client.chat({ model: 'nobody', messages: user('x') })).rejects.toMatchObject({
      name: 'ResponseError',
      status_code: 404,
      error: "model 'nobody' not found",
    });
    await expect(async () => {
      for await (const part of await client.pull({ model: 'nobody', stream: true })) expect(part.status).toBeDefined();
    }).rejects.toThrow(/^pull model manifest: file does not exist/);
    await expect(async () => {
      const parts = await client.chat({ model, messages: user('crash after 2'), stream: true });
      for await (const part of parts) expect(part.message).toBeDefined();
    }).rejects.toThrow();
  });

  test('two streams at once both end; one that is aborted frees its sequence', async () => {
    const server = await startTestServer({ msPerToken: 5, settings: { slots: 1 } });
    const read = async () => {
      let text = '';
      for await (const part of await clientOf(server).chat({ model, messages: user('count to 20'), stream: true })) {
        text += part.message.content;
      }
      return text.split(' ').length;
    };
    expect(await Promise.all([read(), read()])).toEqual([20, 20]);
    const aborted = clientOf(server);
    const endless = await aborted.chat({ model, messages: user('hang after 2'), stream: true });
    for await (const part of endless) if (part.message.content.includes('2')) break;
    aborted.abort();
    await expect.poll(() => server.inference.activity().activeRequests).toBe(0);
  });
});
