import { describe, expect, test } from 'vitest';
import type { EngineInstance } from '#main/engine-port/index.ts';
import { longContextModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { ask, collectAnswer, errorOf, loadLlama, never, toTask } from '#test/support/load-llama.ts';
import { verifies } from '#test/support/verifies.ts';

const loopFile = 'src/main/engines/llama-cpp/step-loop.ts#StepLoop';
const prompt = (first: number): number[] => [1, first, 310, 320, 330, 340];
const sampled = { maxTokens: 40, sampling: { temperature: 1.2, seed: 77 } };

describe('requests beside each other', () => {
  test(
    'a seed gives the same tokens alone, beside seven others, after a prefix hit and after a cancelled request',
    verifies(['REL-28'], { breaks: loopFile }, async () => {
      const instance = await loadLlama(tinyModelPath, { slots: 8 });
      const expected = (await ask(instance, prompt(300), sampled)).tokens;
      expect(expected).toHaveLength(40);
      const again = await ask(instance, prompt(300), sampled);
      expect(again.finish.usage.cachedTokens).toBe(5);
      expect(again.tokens).toEqual(expected);
      const beside = await Promise.all(
        [300, 301, 302, 303, 304, 305, 306, 307].map((first) => ask(instance, prompt(first), sampled)),
      );
      expect(beside[0]?.tokens).toEqual(expected);
      expect((await instance.stats()).batchHistogram['8']).toBeGreaterThan(30);
      await breakOff(instance, prompt(300));
      expect((await ask(instance, prompt(300), sampled)).tokens).toEqual(expected);
    }),
  );

  test('seven chats of a real model go on while a prompt of 8,000 tokens is read', async () => {
    const instance = await loadLlama(longContextModelPath, { slots: 8, contextSize: 9000, batchSize: 512 });
    const pauses = { alone: [] as number[], beside: [] as number[] };
    let phase: 'warming' | 'alone' | 'beside' = 'warming';
    const ends = new AbortController();
    const chat = async (first: number): Promise<void> => {
      let before = 0;
      const events = instance.generate(toTask([1, first, 310, 320, 330], { maxTokens: 8000 }), ends.signal);
      for await (const { type } of events) {
        if (type !== 'text-delta') continue;
        const now = performance.now();
        if (before > 0 && phase !== 'warming') pauses[phase].push(now - before);
        before = now;
      }
    };
    const chats = Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((index) => chat(300 + index)));
    const steps = async (count: number): Promise<void> => {
      const { steps: from } = await instance.stats();
      while ((await instance.stats()).steps < from + count) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await steps(50);
    phase = 'alone';
    await steps(300);
    phase = 'beside';
    const long = Array.from({ length: 8000 }, (_, index) => 1000 + ((index * 37) % 20_000));
    const { finish } = await ask(instance, long, { maxTokens: 1 });
    ends.abort();
    await chats;
    expect(finish.usage).toMatchObject({ promptTokens: 8000, cachedTokens: 0 });
    // The usual pause, by five times what is allowed: single ones tell of what else the machine does.
    expect(percentile(pauses.beside, 0.5)).toBeLessThan(5 * 3 * percentile(pauses.alone, 0.5));
  });

  test(
    'a waiting request that is cancelled is never computed, in any order; the running answer stays the same',
    verifies(['REL-02'], { breaks: loopFile }, async () => {
      const instance = await loadLlama(tinyModelPath, { slots: 1 });
      const expected = (await ask(instance, prompt(300), { maxTokens: 60 })).tokens;
      const orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ];
      for (const order of orders) {
        const before = await instance.stats();
        const running = ask(instance, prompt(300), { maxTokens: 60 });
        const aborts = [0, 1, 2].map(() => new AbortController());
        const waiting = aborts.map(({ signal }, index) =>
          errorOf(collectAnswer(instance.generate(toTask(prompt(400 + index)), signal))),
        );
        while ((await instance.stats()).steps < before.steps + 3) await new Promise((resolve) => setImmediate(resolve));
        expect((await instance.stats()).waitingRequests).toBe(3);
        for (const [cancelled, index] of order.entries()) {
          aborts[index]?.abort();
          expect((await waiting[index])?.code).toBe('cancelled');
          expect((await instance.stats()).waitingRequests).toBe(2 - cancelled);
        }
        const answer = await running;
        expect(answer.tokens).toEqual(expected);
        const after = await instance.stats();
        const { usage } = answer.finish;
        expect(after.prefillTokens - before.prefillTokens).toBe(usage.promptTokens - usage.cachedTokens);
        expect(after.generatedTokens - before.generatedTokens).toBe(60);
      }
    }),
  );
});

async function breakOff(instance: EngineInstance, tokens: number[]): Promise<void> {
  for await (const event of instance.generate(toTask(tokens, sampled), never())) {
    if (event.type === 'text-delta') break;
  }
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}
