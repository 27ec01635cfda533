import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeTinyBert } from '#test/support/make-gguf.ts';
import { startApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function serve(pooling: 'mean' | 'rank') {
  const file = path.join(await createTempFolder(), `tiny-bert-${pooling}.gguf`);
  await writeFile(file, writeTinyBert({ pooling }));
  const started = await startApp({ model: file, contextSize: 512 });
  onTestFinished(() => started.stop());
  return async (route: string, body: object) => {
    const response = await fetch(`${started.url}${route}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as unknown };
  };
}

const question = { query: 'where is the cat', documents: ['the cat sat on a mat', 'stock market fell'] };

test('a cross-encoder from the library ranks over HTTP; what it was not made for is refused before anything is computed', async () => {
  const post = await serve('rank');
  expect(await post('/v1/rerank', { ...question, return_documents: true })).toMatchObject({
    status: 200,
    body: {
      results: [
        { index: 0, relevance_score: expect.closeTo(5.167, 2) as number, document: { text: 'the cat sat on a mat' } },
        { index: 1, relevance_score: expect.closeTo(3.99, 2) as number },
      ],
    },
  });
  const write = await post('/v1/completions', { prompt: 'a', max_tokens: 3 });
  expect(write).toMatchObject({ status: 400, body: { error: { code: 'capability_missing' } } });
  const embed = await post('/v1/embeddings', { input: 'a' });
  expect(embed).toMatchObject({ status: 400, body: { error: { code: 'capability_missing' } } });
});

test('a model of vectors from the library embeds and refuses to rank or to write', async () => {
  const post = await serve('mean');
  expect(await post('/v1/embeddings', { input: 'a', encoding_format: 'float' })).toMatchObject({
    status: 200,
    body: { data: [{ embedding: expect.any(Array) as number[] }] },
  });
  expect(await post('/v1/rerank', question)).toMatchObject({ status: 400, body: { error: { param: 'model' } } });
  expect((await post('/v1/completions', { prompt: 'a', max_tokens: 3 })).status).toBe(400);
});
