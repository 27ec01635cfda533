import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ChatMessage } from '#shared/domain/chat.ts';
import type { EngineInstance, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { longContextModelPath, smolModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';

/** No token whose key/value state still exists somewhere is computed twice. */

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

const onDisk = (overrides: Partial<ResolvedLoadOptions> = {}): Partial<ResolvedLoadOptions> => ({
  contextSize: 4096,
  batchSize: 512,
  stateCache: { memoryBytes: 256 * 1024 * 1024, disk: { folder, budgetBytes: null } },
  ...overrides,
});

/** Token ids of a conversation; `topic` makes conversations differ from the first token on. */
const conversation = (length: number, topic = 0): number[] =>
  Array.from({ length }, (_, index) => 1000 + ((index * 37 + topic * 1009) % 20_000));

const computed = async (instance: EngineInstance): Promise<number> => (await instance.stats()).prefillTokens;

describe('state of earlier requests', () => {
  test('a conversation that lost its sequence to another one goes on warm, with the text of an undisturbed one', async () => {
    const calm = await loadLlama(longContextModelPath, onDisk({ slots: 1, stateCache: undefined }));
    const first = await ask(calm, conversation(900), { maxTokens: 8 });
    const next = [...conversation(900), ...first.tokens, ...conversation(40, 5)];
    const expected = await ask(calm, next, { maxTokens: 24 });
    expect(expected.finish.usage.cachedTokens).toBe(907);

    const busy = await loadLlama(longContextModelPath, onDisk({ slots: 1 }));
    await ask(busy, conversation(900), { maxTokens: 8 });
    await ask(busy, conversation(700, 1), { maxTokens: 8 });
    const again = await ask(busy, next, { maxTokens: 24 });
    expect(again.finish.usage.cachedTokens).toBe(907);
    expect(again.tokens).toEqual(expected.tokens);
    expect((await busy.stats()).restoredTokens).toBe(907);
  });

  test('after unloading and loading again it goes on where it was', async () => {
    const before = await loadLlama(smolModelPath, onDisk({ slots: 2 }));
    const first = await ask(before, conversation(300), { maxTokens: 6 });
    const next = [...conversation(300), ...first.tokens, ...conversation(20, 3)];
    await before.dispose();
    expect((await readdir(folder, { recursive: true })).length).toBeGreaterThan(2);

    const after = await loadLlama(smolModelPath, onDisk({ slots: 2 }));
    const again = await ask(after, next, { maxTokens: 16 });
    expect(again.finish.usage.cachedTokens).toBe(305);
    expect(await computed(after)).toBe(next.length - 305);

    const calm = await loadLlama(smolModelPath, onDisk({ slots: 2, stateCache: undefined }));
    await ask(calm, conversation(300), { maxTokens: 6 });
    expect((await ask(calm, next, { maxTokens: 16 })).tokens).toEqual(again.tokens);
  });

  test('what was kept before the content of the file was hashed is found after it', async () => {
    const before = await loadLlama(longContextModelPath, onDisk({ slots: 1 }));
    await ask(before, conversation(600), { maxTokens: 2 });
    await before.dispose();
    const after = await loadLlama(longContextModelPath, onDisk({ slots: 1 }), { sha256: 'a'.repeat(64) });
    const again = await ask(after, conversation(600), { maxTokens: 2 });
    expect(again.finish.usage.cachedTokens).toBe(599);
  });

  test('a second request of a known agent starts with what the first one has computed', async () => {
    const instance = await loadLlama(longContextModelPath, onDisk({ slots: 4 }));
    const system = conversation(1500);
    await ask(instance, [...system, ...conversation(50, 1)], { maxTokens: 4 });
    const second = await ask(instance, [...system, ...conversation(60, 2)], { maxTokens: 4 });
    expect(second.finish.usage.cachedTokens).toBeGreaterThanOrEqual(1500);
  });

  test('requests that come together compute their common beginning once', async () => {
    const instance = await loadLlama(longContextModelPath, onDisk({ slots: 4 }));
    const system = conversation(1800);
    const prompts = [1, 2, 3, 4].map((topic) => [...system, ...conversation(30 + topic, topic)]);
    const answers = await Promise.all(prompts.map((prompt) => ask(instance, prompt, { maxTokens: 4 })));
    const unique = 1800 + prompts.reduce((sum, prompt) => sum + prompt.length - 1800, 0);
    expect(await computed(instance)).toBeLessThanOrEqual(unique * 1.02);
    for (const [index, prompt] of prompts.entries()) {
      const alone = await loadLlama(longContextModelPath, onDisk({ slots: 1, stateCache: undefined }));
      expect((await ask(alone, prompt, { maxTokens: 4 })).tokens).toEqual(answers[index]?.tokens);
    }
  });

  test('a trace of turns with side requests computes hardly more than its prefix tree holds', async () => {
    const instance = await loadLlama(longContextModelPath, onDisk({ slots: 2 }));
    let history = conversation(1200);
    let unique = history.length;
    for (let turn = 0; turn < 8; turn++) {
      const answer = await ask(instance, history, { maxTokens: 12 });
      const side = [...conversation(300, 50 + turn)];
      await ask(instance, side, { maxTokens: 3 });
      const added = conversation(35, 100 + turn);
      // The last token of an answer is chosen, not yet computed.
      unique += side.length + added.length + 1;
      history = [...history, ...answer.tokens, ...added];
    }
    await ask(instance, history, { maxTokens: 1 });
    expect((await computed(instance)) / unique).toBeLessThanOrEqual(1.02);
  });

  test('with another context size, or without a folder, nothing is taken over', async () => {
    const before = await loadLlama(longContextModelPath, onDisk({ slots: 1 }));
    await ask(before, conversation(600), { maxTokens: 2 });
    await before.dispose();
    const other = await loadLlama(
      longContextModelPath,
      onDisk({ slots: 1, stateCache: { memoryBytes: 0, disk: null } }),
    );
    expect((await ask(other, conversation(600), { maxTokens: 2 })).finish.usage.cachedTokens).toBe(0);
  });
});

describe('a changed value inside a prompt', () => {
  test('is named in the words that changed, with what it cost', async () => {
    const instance = await loadLlama(smolModelPath, onDisk({ slots: 2 }));
    const ask10 = (time: string, question: string) =>
      ask(
        instance,
        `You are a careful assistant. ${'Answer in short sentences. '.repeat(6)}It is ${time} now. ${'Never guess. '.repeat(12)}${question}`,
        { maxTokens: 1 },
      );
    expect((await ask10('10:41', 'One?')).finish.reuse).toEqual({ restoredTokens: 0 });
    const { reuse } = (await ask10('10:42', 'Two?')).finish;
    expect(reuse?.break).toMatchObject({ before: '1', now: '2' });
    expect(reuse?.break?.lostTokens).toBeGreaterThan(30);
  });

  test('what was forgotten is computed again', async () => {
    const instance = await loadLlama(longContextModelPath, onDisk({ slots: 1 }));
    await ask(instance, conversation(600), { maxTokens: 2 });
    await instance.forgetState();
    expect((await ask(instance, conversation(600), { maxTokens: 2 })).finish.usage.cachedTokens).toBe(0);
    expect((await ask(instance, conversation(600), { maxTokens: 2 })).finish.usage.cachedTokens).toBe(599);
  });
});

describe('a conversation told again', () => {
  test('keeps the tokens it was written in, so that nothing of it is computed twice', async () => {
    const instance = await loadLlama(smolModelPath, { contextSize: 2048, batchSize: 512, slots: 1 });
    const messages: ChatMessage[] = [{ role: 'user', content: 'Tell me something odd about words.' }];
    let differing = 0;
    for (let turn = 0; turn < 6; turn++) {
      // High temperatures write words in unusual pieces.
      const before = (await instance.stats()).prefillTokens;
      const answer = await ask(
        instance,
        { type: 'chat', messages },
        { maxTokens: 40, ignoreEnd: false, sampling: { temperature: 1.6, topK: 0, topP: 1, minP: 0, seed: turn } },
      );
      const { promptTokens, cachedTokens } = answer.finish.usage;
      expect((await instance.stats()).prefillTokens - before).toBe(promptTokens - cachedTokens);
      const { tokens } = await instance.tokenize({ prompt: { type: 'text', text: answer.text }, addSpecial: false });
      if (tokens.join() !== answer.tokens.join()) differing++;
      messages.push({ role: 'assistant', content: answer.text }, { role: 'user', content: `And ${turn}?` });
      // The end of the turn, the next question and the start of the answer: nothing of the answer itself.
      if (turn > 0) expect(promptTokens - cachedTokens).toBeLessThanOrEqual(20);
    }
    expect(differing).toBeGreaterThan(0);
  });
});
