import { describe, expect, test } from 'vitest';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { ask, errorOf, loadLlama, never } from '#test/support/load-llama.ts';

const texts = [
  'A cat sat on the mat.',
  'A kitten is sitting on a rug.',
  'The stock market fell sharply today.',
  'Shares lost much of their value this afternoon.',
];

const cosine = (left: readonly number[] = [], right: readonly number[] = []): number =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);

describe('vectors of a chat model', () => {
  test('have length 1 and tell alike texts from others', async () => {
    const instance = await loadLlama(smolModelPath);
    const { vectors, tokenCounts } = await instance.embed({ inputs: texts }, never());
    expect(vectors.map((vector) => vector.length)).toEqual([576, 576, 576, 576]);
    for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(tokenCounts).toEqual(
      await Promise.all(
        texts.map(async (text) => {
          const { tokens } = await instance.tokenize({ prompt: { type: 'text', text }, addSpecial: true });
          return tokens.length;
        }),
      ),
    );
    const [cat, kitten, market, shares] = vectors;
    expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, market));
    expect(cosine(market, shares)).toBeGreaterThan(cosine(kitten, shares));
  });

  test('are the same alone and among many, whatever batches they fall into', async () => {
    const instance = await loadLlama(smolModelPath);
    const many = Array.from({ length: 40 }, (_, index) => `${texts[index % 4]} ${'and so on '.repeat(index % 7)}`);
    const { vectors } = await instance.embed({ inputs: many }, never());
    expect(vectors).toHaveLength(40);
    for (const index of [0, 17, 39]) {
      const alone = await instance.embed({ inputs: [many[index] ?? ''] }, never());
      expect(cosine(alone.vectors[0], vectors[index])).toBeGreaterThan(0.999);
    }
  });

  test('leave answers that run beside them as they are', async () => {
    const instance = await loadLlama(smolModelPath);
    const alone = await ask(instance, 'The three largest cities of France are', { maxTokens: 12 });
    const [beside] = await Promise.all([
      ask(instance, 'The three largest cities of France are', { maxTokens: 12 }),
      instance.embed({ inputs: texts }, never()),
    ]);
    expect(beside.tokens).toEqual(alone.tokens);
  });

  test('of nothing exist; of too much, and of unknown tokens, are refused before anything is computed', async () => {
    const instance = await loadLlama(tinyModelPath);
    expect((await instance.embed({ inputs: [''] }, never())).vectors).toHaveLength(1);
    expect(await errorOf(instance.embed({ inputs: ['fine', 'a b '.repeat(2000)] }, never()))).toMatchObject({
      code: 'context-overflow',
      data: { param: 'input[1]' },
    });
    expect(await errorOf(instance.embed({ inputs: [[9_999_999]] }, never()))).toMatchObject({
      code: 'invalid-request',
    });
    const gone = new AbortController();
    gone.abort();
    expect(await errorOf(instance.embed({ inputs: ['x'] }, gone.signal))).toMatchObject({ code: 'cancelled' });
  });
});
