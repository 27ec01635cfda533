import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let started: StartedApp;
let client: Ollama;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
  client = new Ollama({ host: started.url });
}, 60_000);

afterAll(async () => {
  await started.stop();
});

const model = 'smollm2-135m-instruct:q4_1';
const options = { temperature: 0, num_predict: 40 };

describe('the official client and a real model', () => {
  test('chats the same text whole and in lines, with true counts', async () => {
    const messages = [{ role: 'user', content: 'Name three colours.' }];
    const whole = await client.chat({ model, messages, options });
    let text = '';
    let count = 0;
    for await (const part of await client.chat({ model, messages, options, stream: true })) {
      text += part.message.content;
      if (part.done) count = part.eval_count;
    }
    expect(whole.message.content).not.toBe('');
    expect(text).toBe(whole.message.content);
    expect(count).toBe(whole.eval_count);
    expect(whole.prompt_eval_count).toBeGreaterThan(10);
  });

  test('holds an answer to a schema', async () => {
    const person = z.object({ name: z.string().max(12), age: z.int().min(0).max(99) });
    const { message } = await client.chat({
      model,
      messages: [{ role: 'user', content: 'Describe a person.' }],
      format: z.toJSONSchema(person),
      options: { ...options, num_predict: 100 },
    });
    expect(person.safeParse(JSON.parse(message.content)).success).toBe(true);
  });

  test('goes on from a context without reading it again', async () => {
    const first = await client.generate({ model, prompt: 'Say hello.', options });
    const text = await started.app.inference.detokenize(
      { tokens: first.context },
      { signal: new AbortController().signal, requestId: 'test' },
    );
    expect(text).toContain('Say hello.');
    expect(first.response).not.toBe('');
    expect(text.endsWith(first.response ?? '-')).toBe(true);
    const before = reusedTokens();
    const context = { signal: new AbortController().signal, requestId: 'test' };
    const second = await client.generate({ model, prompt: 'And now goodbye.', context: first.context, options });
    expect(second.context.slice(0, first.context.length)).toEqual(first.context);
    const whole = await started.app.inference.detokenize({ tokens: second.context }, context);
    expect(whole.slice(text.length)).toMatch(
      /^<\|im_end\|>\n<\|im_start\|>user\nAnd now goodbye\.<\|im_end\|>\n<\|im_start\|>assistant\n/,
    );
    expect(reusedTokens() - before).toBeGreaterThanOrEqual(first.context.length - 1);
  });

  test('generates raw text, embeds, and tells what the model is', async () => {
    const raw = await client.generate({ model, prompt: 'Once upon a time', raw: true, options });
    expect(raw.response).not.toBe('');
    expect(raw.context).toBeUndefined();
    const { embeddings, prompt_eval_count: count } = await client.embed({
      model,
      input: ['a cat', 'word '.repeat(3000)],
    });
    expect(embeddings.map(({ length }) => length)).toEqual([576, 576]);
    expect(count).toBeLessThan(3000);
    const shown = await client.show({ model });
    expect(shown.capabilities).toContain('completion');
    expect(shown.details).toMatchObject({ family: 'llama', parameter_size: '134.52M', quantization_level: 'Q4_1' });
    expect(shown.template).toContain('<|im_start|>');
    expect(String(shown.parameters)).toMatch(/^num_ctx +1024$/m);
  });

  test('grows its context on demand, and leaves memory when told', async () => {
    await client.chat({ model, messages: [], options: { num_ctx: 2048 } });
    expect((await client.ps()).models).toMatchObject([{ name: model, context_length: 2048 }]);
    await client.chat({ model, messages: [], keep_alive: 0 });
    expect((await client.ps()).models).toEqual([]);
  });
});

function reusedTokens(): number {
  return started.app.inference.cacheUses().reduce((sum, use) => sum + use.reusedTokens, 0);
}
