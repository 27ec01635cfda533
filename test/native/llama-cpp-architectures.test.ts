import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineInstance } from '#main/engine-port/index.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';
import { writeTinyRecurrent, writeTinySlidingWindow } from '#test/support/make-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

/** Models whose memory cannot be cut anywhere: reuse must stay right where it is possible, and absent where not. */

const count = (length: number): number[] => [1, ...Array.from({ length }, (_, index) => 265 + ((index * 7) % 230))];

async function writeModel(content: Uint8Array): Promise<string> {
  const file = path.join(await createTempFolder(), 'model.gguf');
  await writeFile(file, content);
  return file;
}

async function settle(instance: EngineInstance): Promise<void> {
  while ((await instance.stats()).sequences.some(({ state }) => state !== 'idle')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Reads `first`, then asks `second` warm and cold. */
async function compare(file: string, first: number[], second: number[]): Promise<{ cached: number; isSame: boolean }> {
  const warm = await loadLlama(file, { slots: 1, contextSize: 1024 });
  const cold = await loadLlama(file, { slots: 1, contextSize: 1024 });
  await ask(warm, first, { maxTokens: 1 });
  await settle(warm);
  const answer = await ask(warm, second, { maxTokens: 12 });
  const expected = await ask(cold, second, { maxTokens: 12 });
  return { cached: answer.finish.usage.cachedTokens, isSame: answer.tokens.join() === expected.tokens.join() };
}

describe('a sliding-window model', () => {
  test('is reused where its window is still held, and computed anew where it has moved on', async () => {
    const file = await writeModel(writeTinySlidingWindow(64));
    expect(await compare(file, count(300), [...count(300), 500, 501])).toEqual({ cached: 301, isSame: true });
    expect(await compare(file, count(300), [...count(290), 500, 501])).toEqual({ cached: 291, isSame: true });
    expect(await compare(file, count(300), [...count(40), 500, 501])).toEqual({ cached: 0, isSame: true });
  });
});

describe('a recurrent model', () => {
  test('goes on from its state and computes everything anew otherwise', async () => {
    const file = await writeModel(writeTinyRecurrent());
    expect(await compare(file, count(300), [...count(300), 500, 501])).toEqual({ cached: 301, isSame: true });
    expect(await compare(file, count(300), [...count(299), 500, 501])).toEqual({ cached: 0, isSame: true });
    expect(await compare(file, count(60), count(60))).toEqual({ cached: 0, isSame: true });
  });

  test('two conversations side by side keep their states apart', async () => {
    const file = await writeModel(writeTinyRecurrent());
    const instance = await loadLlama(file, { slots: 2, contextSize: 1024 });
    const prompts = [count(50), count(80).toReversed()];
    const together = await Promise.all(prompts.map((prompt) => ask(instance, prompt, { maxTokens: 12 })));
    const alone = await loadLlama(file, { slots: 1, contextSize: 1024 });
    for (const [index, prompt] of prompts.entries()) {
      expect(together[index]?.tokens).toEqual((await ask(alone, prompt, { maxTokens: 12 })).tokens);
    }
  });
});
