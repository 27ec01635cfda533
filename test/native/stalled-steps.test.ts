import { expect, onTestFinished, test } from 'vitest';
import { createLlamaEngine } from '#main/engines/llama-cpp/llama-engine.ts';
import { longContextModelPath } from '#test/support/dev-cache.ts';
import { ask, errorOf, never } from '#test/support/load-llama.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const options = {
  ...{ contextSize: 8192, slots: 1, threads: 1, gpu: 'off' as const, gpuLayers: 0, batchSize: 2048 },
};
const prompt = Array.from({ length: 6000 }, (_, index) => 1000 + ((index * 37) % 20_000));

test.each([
  ['child', 'gives itself up, so that its process ends and its answers go on in another'],
  ['main', 'fails its requests only: the process must live'],
] as const)('a step that does not come back: an engine in placement %s %s', async (placement, _) => {
  // Every prompt of this length takes longer than that.
  const engine = createLlamaEngine({ placement, stallLimitMs: 1 });
  const model = makeModelRecord({ id: 'slow', path: longContextModelPath });
  const instance = await engine.load({ model, options }, { signal: never(), onProgress: () => undefined });
  onTestFinished(() => instance.dispose());
  expect((await errorOf(ask(instance, prompt, { maxTokens: 1 }))).code).toBe('engine-stalled');
  const closed = await Promise.race([instance.closed, new Promise((resolve) => setTimeout(resolve, 200, 'open'))]);
  if (placement === 'main') expect(closed).toBe('open');
  else expect(closed).toMatchObject({ reason: 'crashed', message: expect.stringContaining('no progress') as string });
});
