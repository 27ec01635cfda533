import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { longContextModelPath } from '#test/support/dev-cache.ts';
import { startApp } from '#test/support/start-app.ts';

const conversation = (length: number): number[] => Array.from({ length }, (_, index) => 1000 + ((index * 37) % 20_000));

test('without a setting a conversation may outgrow what the load began with, and the next load knows', async () => {
  const started = await startApp({ model: longContextModelPath });
  try {
    const complete = async (prompt: number[]) => {
      const answer = await fetch(`${started.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt, max_tokens: 8, temperature: 0, ignore_eos: true }),
      });
      return (await answer.json()) as { usage: { prompt_tokens_details: { cached_tokens: number } } };
    };
    const models = (await (await fetch(`${started.url}/v1/models`)).json()) as { data: { context_length: number }[] };
    expect(models.data[0]?.context_length).toBeGreaterThan(8192);
    await complete(conversation(1500));
    const { usage } = await complete(conversation(3000));
    expect(usage.prompt_tokens_details.cached_tokens).toBe(1500);
    const metrics = await (await fetch(`${started.url}/metrics`)).text();
    // 2,048 at first, and a context of its own for 3,008 tokens with a quarter to spare.
    expect(/^impetus_kv_tokens_allocated (\d+)$/m.exec(metrics)?.[1]).toBe(String(2048 + 3840));
  } finally {
    await started.app.stop();
  }
  const needs = JSON.parse(await readFile(started.paths.contextNeeds, 'utf8')) as Record<string, object>;
  await started.stop();
  expect(needs).toEqual({ 'long-context-random': { contextSize: 3007, sequences: 1 } });
}, 120_000);
