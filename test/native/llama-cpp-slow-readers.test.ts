import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama, never, toTask } from '#test/support/load-llama.ts';

/** Readers that stop in the middle of an answer of a real model. */

const prompt = (topic: number): number[] => Array.from({ length: 40 }, (_, index) => 265 + ((index * 7 + topic) % 230));

test('more answers that nobody reads than sequences: others are served, and each goes on with its own tokens', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-slow-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stateCache = { memoryBytes: 64 * 1024 * 1024, disk: null };
  const options = { contextSize: 1024, slots: 1, stateCache };
  const instance = await loadLlama(tinyModelPath, options);
  const stopped = [1, 2, 3, 4].map((topic) => {
    const events = instance.generate(toTask(prompt(topic), { maxTokens: 600 }), never())[Symbol.asyncIterator]();
    return { topic, events, first: events.next() };
  });
  for (const topic of [11, 12, 13])
    expect((await ask(instance, prompt(topic), { maxTokens: 30 })).tokens).toHaveLength(30);
  const { generatedTokens } = await instance.stats();
  expect(generatedTokens).toBeLessThan(4 * 300 + 3 * 30);

  const calm = await loadLlama(tinyModelPath, options);
  for (const { topic, events, first } of stopped) {
    expect((await first).value).toMatchObject({ type: 'start' });
    const tokens: number[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      const event: GenerationEvent = next.value;
      if (event.type === 'text-delta') tokens.push(...event.tokens);
    }
    expect(tokens).toEqual((await ask(calm, prompt(topic), { maxTokens: 600 })).tokens);
  }
});
