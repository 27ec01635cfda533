import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServerOptions } from '#test/support/start-test-server.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const query = 'black cat';
const documents = ['a dog', 'a black cat', 'a cat'];

async function post(path: string, body: object, options: TestServerOptions = {}) {
  const server = await startTestServer(options);
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

/** The scripted engine scores by the words of the query that a document holds, less one. */
const best = { index: 1, relevance_score: 1 };
const second = { index: 2, relevance_score: 0 };
const worst = { index: 0, relevance_score: -1 };

describe('documents are ranked', () => {
  test.each(['/v1/rerank', '/rerank', '/v1/reranking', '/reranking', '/api/v1/rerank'])(
    '%s: best first, with the scores of the model, for the clients of Jina, Voyage and llama-server',
    async (path) => {
      const { status, body } = await post(path, { model: 'test-model', query, documents });
      expect(status).toBe(200);
      expect(body).toEqual({
        id: expect.any(String) as string,
        model: 'test-model',
        object: 'list',
        results: [best, second, worst],
        data: [best, second, worst],
        usage: { prompt_tokens: 13, total_tokens: 13 },
        meta: { tokens: { input_tokens: 13 } },
      });
    },
  );

  test('/v2/rerank: between 0 and 1, as clients of Cohere expect', async () => {
    const { body } = await post('/v2/rerank', { query, documents, top_n: 2, return_documents: true });
    expect(body).toMatchObject({
      results: [
        { index: 1, relevance_score: expect.closeTo(0.731, 3) as number, document: { text: 'a black cat' } },
        { index: 2, relevance_score: 0.5, document: { text: 'a cat' } },
      ],
    });
  });

  test('/rerank with texts: the bare list of Text Embeddings Inference, between 0 and 1 unless raw scores are wanted', async () => {
    expect((await post('/rerank', { query, texts: documents })).body).toEqual([
      { index: 1, score: expect.closeTo(0.731, 3) as number },
      { index: 2, score: 0.5 },
      { index: 0, score: expect.closeTo(0.269, 3) as number },
    ]);
    expect((await post('/rerank', { query, texts: documents, raw_scores: true, return_text: true })).body).toEqual([
      { index: 1, score: 1, text: 'a black cat' },
      { index: 2, score: 0, text: 'a cat' },
      { index: 0, score: -1, text: 'a dog' },
    ]);
  });

  test('documents may be objects with a text', async () => {
    const { body } = await post('/v1/rerank', { query, documents: [{ text: 'a dog' }, { text: 'a cat' }], top_n: 1 });
    expect(body).toMatchObject({ results: [{ index: 1, relevance_score: 0 }] });
  });
});

describe('what cannot be ranked is refused by name', () => {
  test.each([
    [{ query }, 'documents'],
    [{ query, documents: [] }, 'documents'],
    [{ documents }, 'query'],
    [{ query, documents: [7] }, 'documents[0]'],
    [{ query, documents, top_n: 0 }, 'top_n'],
    [{ query, documents, top_n: 1, top_k: 2 }, 'top_k'],
    [{ query, documents, rank_fields: ['title'] }, 'rank_fields'],
  ])('%j', async (request, param) => {
    expect(await post('/v1/rerank', request)).toMatchObject({ status: 400, body: { error: { param } } });
  });

  test('a cut of long documents is not made, and the answer says so', async () => {
    const { status, headers } = await post('/v1/rerank', { query, documents, max_tokens_per_doc: 100 });
    expect(status).toBe(200);
    expect(headers.get('x-impetus-ignored')).toBe('max_tokens_per_doc');
  });

  test.each([
    ['vectors', 'makes vectors of texts (/v1/embeddings)'],
    ['text', 'writes text'],
  ] as const)('a model that gives %s, before it is loaded', async (gives, says) => {
    const record = makeModelRecord();
    const facts = { ...record.facts, traits: { gives, presentsTools: false, thinks: false, fillsIn: false } };
    const server = await startTestServer({ records: [{ ...record, facts }] });
    const response = await fetch(`${server.url}/v1/rerank`, {
      method: 'POST',
      body: JSON.stringify({ query, documents }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(says);
    expect(server.engine.instances).toEqual([]);
  });
});
