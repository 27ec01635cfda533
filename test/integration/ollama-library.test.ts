import { createHash } from 'node:crypto';
import { copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Ollama } from 'ollama';
import { expect, onTestFinished, test } from 'vitest';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { startApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function start() {
  const file = path.join(await createTempFolder(), 'Tiny-Model.Q8_0.gguf');
  await copyFile(tinyModelPath, file);
  const started = await startApp({ model: file, contextSize: 256, slots: 1 });
  onTestFinished(() => started.stop());
  const token = await readFile(started.paths.controlToken, 'utf8');
  const headers = { authorization: `Bearer ${token}` };
  return { started, file, headers, client: new Ollama({ host: started.url, headers }) };
}

test('names come and go with the client, and the file stays the user’s', async () => {
  const { client, file } = await start();
  const names = async () => (await client.list()).models.map(({ name }) => name);
  const [own = ''] = await names();
  expect(own).toMatch(/^tiny-model.*:/);
  await client.copy({ source: own, destination: 'mine' });
  await client.create({ model: 'yours:v2', from: 'mine' });
  expect(await names()).toEqual([own, 'mine:latest', 'yours:v2']);
  const options = { num_predict: 2 };
  expect((await client.generate({ model: 'yours:v2', prompt: 'Hello', options })).done).toBe(true);
  await client.delete({ model: 'mine:latest' });
  expect(await names()).toEqual([own, 'yours:v2']);
  await expect(client.show({ model: 'mine' })).rejects.toMatchObject({ status_code: 404 });
  await client.delete({ model: own });
  expect(await names()).toEqual([]);
  expect((await stat(file)).isFile()).toBe(true);
});

test('a file is uploaded by its digest and becomes a model that answers', async () => {
  const { client, started, headers } = await start();
  const content = await readFile(tinyModelPath);
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const blob = await fetch(`${started.url}/api/blobs/${digest}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(content),
  });
  expect(blob.status).toBe(201);
  await client.create({ model: 'uploaded', files: { 'uploaded.gguf': digest } } as never);
  const answer = await client.generate({ model: 'uploaded', prompt: 'Hello', options: { num_predict: 2 } });
  expect(answer.eval_count).toBeLessThanOrEqual(2);
  expect((await client.show({ model: 'uploaded' })).capabilities).toContain('completion');
});
