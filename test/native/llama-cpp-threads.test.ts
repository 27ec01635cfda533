import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLlamaEngine } from '#main/engines/llama-cpp/llama-engine.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { testLoadOptions } from '#test/support/engine-tasks.ts';
import { ask, loadLlama, never } from '#test/support/load-llama.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { computeNext, openNative, type OpenNative } from '#test/support/open-native.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';

const prompt = 'The three largest cities of France are';

describe('the library', () => {
  let native: OpenNative;

  beforeAll(async () => {
    native = await openNative(smolModelPath, { sequences: 1, batchSize: 512, threads: 2 });
  });

  afterAll(() => native.dispose());

  /** A greedy answer whose threads are set before every step. */
  async function answer(length: number, threadsOf: (index: number) => number): Promise<number[]> {
    native.context.clear(0);
    let tokens = native.model.vocabulary.tokenize(prompt);
    let position = 0;
    const chosen: number[] = [];
    for (let index = 0; index < length; index++) {
      native.context.setThreads(threadsOf(index));
      const token = await computeNext(native.context, { sequence: 0, position, tokens });
      position += tokens.length;
      tokens = Uint32Array.of(token);
      chosen.push(token);
    }
    return chosen;
  }

  /** Most native threads of this process while a long prompt is computed, beyond those it has at rest. */
  async function countComputeThreads(threads: number): Promise<number> {
    const countTasks = (): number => readdirSync('/proc/self/task').length;
    native.context.clear(0);
    native.context.setThreads(threads);
    const atRest = countTasks();
    let most = atRest;
    const timer = setInterval(() => (most = Math.max(most, countTasks())), 1);
    try {
      const tokens = Uint32Array.from({ length: 128 }, (_, index) => 1000 + index);
      await computeNext(native.context, { sequence: 0, position: 0, tokens });
    } finally {
      clearInterval(timer);
    }
    return most - atRest;
  }

  test('a number that is set is the number in use', async () => {
    for (const threads of [1, 2, 3, 1]) {
      native.context.setThreads(threads);
      expect(native.context.threads).toBe(threads);
      // The caller's own thread computes as well.
      if (process.platform === 'linux') expect(await countComputeThreads(threads)).toBe(threads - 1);
    }
  });

  test('changes in the middle of an answer leave every greedy token as it is', async () => {
    // Few steps with more than one thread: beside other programs each may take a second.
    const one = await answer(30, () => 1);
    expect(await answer(30, (index) => (index % 10 === 3 ? 2 : 1))).toEqual(one);
    expect(await answer(12, (index) => (index < 3 ? 2 : 1))).toEqual(one.slice(0, 12));
    expect(await answer(12, (index) => (index > 9 ? 3 : 1))).toEqual(one.slice(0, 12));
  });
});

describe('an answer', () => {
  test('is the same with fixed and with adapting threads, and the changes are logged', async () => {
    const { logger, lines } = createRecordedLogger();
    const engine = createLlamaEngine({ placement: 'main', logger });
    const record = makeModelRecord({ id: 'smol', path: smolModelPath });
    const options = { ...testLoadOptions, threads: 2, adaptsThreads: true };
    const adapting = await engine.load({ model: record, options }, { signal: never(), onProgress: () => undefined });
    try {
      const { tokens } = await ask(adapting, prompt, { maxTokens: 24 });
      const fixed = await loadLlama(smolModelPath, { threads: 1 });
      expect((await ask(fixed, prompt, { maxTokens: 24 })).tokens).toEqual(tokens);
      expect((await fixed.stats()).threads).toEqual({ prefill: 1, decode: 1 });
    } finally {
      await adapting.dispose();
    }
    expect(adapting.info.threads).toBe(2);
    // Whatever the machine does, one thread is tried: at once when a step is slow, else after the first steps.
    const change = lines.find(({ kind }) => kind === 'decode');
    expect(change).toMatchObject({ room: 'engines', model: 'smol', from: 2, to: 1 });
    expect(change?.['msg']).toMatch(/^Threads of decode steps: 2 to 1 \((comparison|slow-steps|busy-machine)\)\.$/);
  });
});
