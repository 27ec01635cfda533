import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHeadless } from '#main/start-headless.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let started: StartedApp;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
});
afterAll(async () => started.stop());

test('the official client streams an answer of the real model', async () => {
  const client = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: 'smollm2-135m-instruct.q4_1',
    messages: [{ role: 'user', content: 'Name the three primary colours.' }],
    temperature: 0,
    max_tokens: 24,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  expect(text.length).toBeGreaterThan(20);
  expect(usage?.completion_tokens).toBe(24);
});

test('a second turn reads only what is new', async () => {
  const client = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const question = { role: 'user', content: 'Tell me a short story about a lighthouse keeper and his dog.' } as const;
  const ask = (messages: OpenAI.ChatCompletionMessageParam[]) =>
    client.chat.completions.create({ model: 'smollm2-135m-instruct.q4_1', messages, temperature: 0, max_tokens: 16 });
  const first = await ask([question]);
  const answer = first.choices[0]?.message.content ?? '';
  const second = await ask([question, { role: 'assistant', content: answer }, { role: 'user', content: 'Go on.' }]);
  const firstPrompt = first.usage?.prompt_tokens ?? 0;
  expect(second.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThanOrEqual(firstPrompt);
});

test('tells others where it runs, with a control token only its owner can read', async () => {
  const instance = JSON.parse(await readFile(started.paths.instance, 'utf8')) as { port: number; pid: number };
  expect(instance).toMatchObject({ port: started.port, pid: process.pid });
  expect((await stat(started.paths.controlToken)).mode & 0o777).toBe(0o600);
});

test('a second server on the same home says where the first one is, and ends', async () => {
  const instance = `${started.paths.home}/run/instance.lock`;
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', 'impetus'], { stdio: 'ignore' });
  const ownLock = await readFile(instance, 'utf8');
  await writeFile(instance, String(holder.pid));
  await writeFile(started.paths.instance, JSON.stringify({ ...publishedInstance(), pid: holder.pid, port: 11599 }));
  const lines: string[] = [];
  const output = { say: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
  try {
    expect(await startHeadless({ home: started.paths.home, model: 'none' }, output)).toBe(0);
    expect(lines).toEqual(['Impetus is ready at http://127.0.0.1:11599']);
  } finally {
    holder.kill();
    await writeFile(instance, ownLock);
  }
});

function publishedInstance() {
  return { version: '0.1.0', startedAt: new Date().toISOString() };
}
