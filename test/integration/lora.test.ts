import { expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { writeTinyLora } from '#test/support/make-gguf.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTempFolder } from '#test/support/temp-folder.ts';

test('adapters of a model are listed with their ids, and reach the engine with the load and with each request', async () => {
  const file = path.join(await createTempFolder(), 'style.gguf');
  await writeFile(file, writeTinyLora());
  const adapters = [{ path: file, scale: 0.5 }, { path: file }];
  const server = await startTestServer({ overrides: { 'test-model': { load: { adapters } } } });
  const list = await fetch(`${server.url}/lora-adapters`);
  expect(await list.json()).toEqual([
    { id: 0, path: file, scale: 0.5, task_name: '', prompt_prefix: '' },
    { id: 1, path: file, scale: 1, task_name: '', prompt_prefix: '' },
  ]);
  const ask = async (lora: unknown) => {
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'show task' }], lora });
    const response = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body });
    return { status: response.status, body: await response.text() };
  };
  expect((await ask([{ id: 1, scale: 0.25 }])).body).toContain(String.raw`\"adapters\":[{\"id\":1,\"scale\":0.25}]`);
  for (const nothing of [[], null, undefined]) expect((await ask(nothing)).body).not.toContain('adapters');
  for (const wrong of [[{ id: -1, scale: 1 }], [{ id: 0 }], { id: 0, scale: 1 }, [{ id: 0, scale: 1e9 }]]) {
    expect(await ask(wrong)).toMatchObject({ status: 400, body: expect.stringContaining('"lora') as string });
  }
});

test('a load whose adapter is broken is refused with its path, and the model stays unloaded', async () => {
  const file = path.join(await createTempFolder(), 'broken.gguf');
  await writeFile(file, writeTinyLora().slice(0, -100));
  const server = await startTestServer({ overrides: { 'test-model': { load: { adapters: [{ path: file }] } } } });
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] });
  const response = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('broken.gguf is not a usable model file. It is incomplete');
  expect(server.engine.instances).toEqual([]);
});
