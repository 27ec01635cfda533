import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EngineInstance, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { longContextModelPath, smolModelPath } from '#test/support/dev-cache.ts';
import { ask, errorOf, loadLlama } from '#test/support/load-llama.ts';
import { writeTinyRecurrent, writeTinySlidingWindow } from '#test/support/make-gguf.ts';

/** A context that begins small and grows: the same answers as in one that is large from the beginning, and no token read twice. */

const small = (overrides: Partial<ResolvedLoadOptions> = {}): Partial<ResolvedLoadOptions> => ({
  contextSize: 8192,
  slots: 4,
  batchSize: 512,
  start: { contextSize: 512, sequences: 1 },
  ...overrides,
});
const large = (): Partial<ResolvedLoadOptions> => ({ contextSize: 8192, slots: 1, batchSize: 512 });

/** Token ids of a conversation; `topic` makes conversations differ from the first token on. */
const conversation = (length: number, topic = 0): number[] =>
  Array.from({ length }, (_, index) => 1000 + ((index * 37 + topic * 1009) % 20_000));
const tiny = (length: number): number[] => [1, ...Array.from({ length }, (_, index) => 265 + ((index * 7) % 230))];

const computed = async (instance: EngineInstance): Promise<number> => (await instance.stats()).prefillTokens;

async function settle(instance: EngineInstance): Promise<void> {
  while ((await instance.stats()).sequences.some(({ state }) => state !== 'idle')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-growth-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('a real context that grows', () => {
  test('turn after turn: every answer is that of a large context, every token is read once', async () => {
    const [growing, whole] = [
      await loadLlama(longContextModelPath, small()),
      await loadLlama(longContextModelPath, large()),
    ];
    let history = conversation(300);
    for (const added of [200, 400, 900]) {
      const answer = await ask(growing, history, { maxTokens: 6 });
      expect(answer.tokens).toEqual((await ask(whole, history, { maxTokens: 6 })).tokens);
      await settle(growing);
      history = [...history, ...answer.tokens, ...conversation(added, added)];
    }
    const last = await ask(growing, history, { maxTokens: 6 });
    expect(last.tokens).toEqual((await ask(whole, history, { maxTokens: 6 })).tokens);
    // The last token of each of the three answers was chosen, never computed.
    expect(await computed(growing)).toBe(300 + 200 + 400 + 900 + 3);
  });

  test('an answer that outgrows its sequence goes on with the same tokens', async () => {
    const [growing, whole] = [await loadLlama(smolModelPath, small()), await loadLlama(smolModelPath, large())];
    const prompt = conversation(470);
    const answer = await ask(growing, prompt, { maxTokens: 90 });
    expect(answer.tokens).toEqual((await ask(whole, prompt, { maxTokens: 90 })).tokens);
    expect(await computed(growing)).toBe(470);
  });

  test('streams side by side keep their answers while sequences are added and a long prompt gets its own', async () => {
    const [growing, whole] = [
      await loadLlama(longContextModelPath, small()),
      await loadLlama(longContextModelPath, large()),
    ];
    const prompts = [conversation(20), conversation(30, 1), conversation(1200, 2), conversation(25, 3)];
    const answers = await Promise.all(prompts.map((prompt) => ask(growing, prompt, { maxTokens: 12 })));
    for (const [index, prompt] of prompts.entries()) {
      expect(answers[index]?.tokens).toEqual((await ask(whole, prompt, { maxTokens: 12 })).tokens);
    }
  });

  test('what lies on disk goes into a sequence of its own, also after a restart', async () => {
    const folder = await createFolder();
    const stateCache = { memoryBytes: 0, disk: { folder, budgetBytes: null } };
    const prompt = conversation(1500);
    const first = await loadLlama(longContextModelPath, small({ stateCache }));
    const before = await ask(first, prompt, { maxTokens: 8 });
    await first.dispose();
    const second = await loadLlama(longContextModelPath, small({ stateCache }));
    const after = await ask(second, prompt, { maxTokens: 8 });
    expect(after.tokens).toEqual(before.tokens);
    expect(after.finish.usage.cachedTokens).toBe(1499);
  });

  test('a prompt beyond the limit is refused with its numbers', async () => {
    const growing = await loadLlama(longContextModelPath, small({ contextSize: 1024 }));
    const error = await errorOf(ask(growing, conversation(1100)));
    expect(error.code).toBe('context-overflow');
    expect(error.data).toEqual({ promptTokens: 1100, contextSize: 1024, maxTokens: 16 });
  });

  test('the output budget is what is left of the limit, not of the present context', async () => {
    const growing = await loadLlama(longContextModelPath, small({ contextSize: 1024 }));
    const answer = await ask(growing, conversation(900), { maxTokens: null });
    expect(answer.finish).toMatchObject({ reason: 'length', rawReason: 'context-full' });
    expect(answer.tokens).toHaveLength(124);
  });
});

describe('models whose state is not simply rows', () => {
  for (const [name, write] of [
    ['a sliding window', () => writeTinySlidingWindow(64)],
    ['a recurrent model', writeTinyRecurrent],
  ] as const) {
    test(`${name}: grown or large, the answers are the same and the state goes along`, async () => {
      const file = path.join(await createFolder(), 'model.gguf');
      await writeFile(file, write());
      expect((await readFile(file)).length).toBeGreaterThan(1000);
      const start = { contextSize: 256, sequences: 1 };
      const growing = await loadLlama(file, { contextSize: 1024, slots: 2, start });
      const whole = await loadLlama(file, { contextSize: 1024, slots: 1 });
      const first = await ask(growing, tiny(200), { maxTokens: 4 });
      expect(first.tokens).toEqual((await ask(whole, tiny(200), { maxTokens: 4 })).tokens);
      await settle(growing);
      const next = [...tiny(200), ...first.tokens.slice(0, 3), ...tiny(150).slice(1)];
      const second = await ask(growing, next, { maxTokens: 200 });
      expect(second.tokens).toEqual((await ask(whole, next, { maxTokens: 200 })).tokens);
      expect(second.finish.usage.cachedTokens).toBe(204);
    });
  }
});
