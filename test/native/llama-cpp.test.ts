import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GenerationEvent, Prompt } from '#shared/domain/generation.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { ask, collectAnswer, errorOf, loadLlama, never, toTask, type Answer } from '#test/support/load-llama.ts';
import { writeTinyRandom } from '#test/support/make-gguf.ts';
import { createRandom } from '#test/support/random.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const chat = (content: string): Prompt => ({ type: 'chat', messages: [{ role: 'user', content }] });
const idle = async (instance: Awaited<ReturnType<typeof loadLlama>>): Promise<void> => {
  while ((await instance.stats()).sequences.some(({ state }) => state !== 'idle')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('batches', () => {
  test.each([2, 4])('%i streams fill every decode batch', async (streams) => {
    const instance = await loadLlama(tinyModelPath);
    await Promise.all(
      Array.from({ length: streams }, (_, index) => ask(instance, [1, 300 + index, 310, 320], { maxTokens: 40 })),
    );
    // The prompts in one batch with the first token each, then 39 full batches.
    expect((await instance.stats()).batchHistogram).toEqual({ [4 * streams]: 1, [streams]: 39 });
  });

  test('8 requests on 4 sequences all finish with the answers they have alone', async () => {
    const instance = await loadLlama(tinyModelPath);
    const prompts = Array.from({ length: 8 }, (_, index) => [1, 300 + index, 310 - index, 320]);
    const together = await Promise.all(prompts.map((prompt) => ask(instance, prompt, { maxTokens: 24 })));
    expect((await instance.stats()).sequences.map(({ state }) => state)).toHaveLength(4);
    const alone = await loadLlama(tinyModelPath, { slots: 1 });
    for (const [index, prompt] of prompts.entries()) {
      expect(together[index]?.tokens).toEqual((await ask(alone, prompt, { maxTokens: 24 })).tokens);
      expect(together[index]?.finish.usage.completionTokens).toBe(24);
    }
  });

  test('SmolLM2 answers greedily the same alone and with three neighbours', async () => {
    const instance = await loadLlama(smolModelPath, { slots: 4 });
    const question = chat('Name three rivers of Europe.');
    const alone = await ask(instance, question, { maxTokens: 20 });
    const [beside] = await Promise.all(
      [question, chat('What is 2 + 2?'), chat('Write a line about rain.'), chat('Say hello.')].map((prompt) =>
        ask(instance, prompt, { maxTokens: 20 }),
      ),
    );
    expect(beside?.text).toBe(alone.text);
  });

  test('an answer goes on while a long prompt is read', async () => {
    const instance = await loadLlama(tinyModelPath, { contextSize: 2048, batchSize: 512 });
    const long = Array.from({ length: 1500 }, (_, index) => 262 + (index % 200));
    let reading: Promise<Answer> | undefined;
    let isReading = false;
    let tokensMeanwhile = 0;
    let tokens = 0;
    for await (const event of instance.generate(toTask([1, 300], { maxTokens: 400 }), never())) {
      if (event.type !== 'text-delta') continue;
      tokens++;
      if (tokens === 5) {
        isReading = true;
        reading = ask(instance, long, { maxTokens: 2 });
        void reading.then(() => (isReading = false));
      }
      if (isReading) tokensMeanwhile++;
    }
    expect(tokens).toBe(400);
    // At least one for each of the three batches that the prompt would fill alone.
    expect(tokensMeanwhile).toBeGreaterThan(3);
    expect((await reading)?.finish.usage).toMatchObject({ promptTokens: 1500, completionTokens: 2 });
  });
});

describe('prefix reuse', () => {
  test('the second turn computes only its new tokens and answers as a cold start does', async () => {
    const warm = await loadLlama(smolModelPath, { slots: 2, batchSize: 32 });
    const first = await ask(warm, chat('Name a colour.'), { maxTokens: 8, ignoreEnd: false });
    await idle(warm);
    const before = await warm.stats();
    const second: Prompt = {
      type: 'chat',
      messages: [
        { role: 'user', content: 'Name a colour.' },
        { role: 'assistant', content: first.text },
        { role: 'user', content: 'And another one?' },
      ],
    };
    const answer = await ask(warm, second, { maxTokens: 8 });
    const after = await warm.stats();
    const { usage } = answer.finish;
    const computed = after.prefillTokens - before.prefillTokens;
    expect(computed).toBe(usage.promptTokens - usage.cachedTokens);
    // All of the first turn is reused but, at most, the last token of its answer, which was never computed.
    const held = first.finish.usage.promptTokens + first.finish.usage.completionTokens;
    expect(usage.cachedTokens).toBeGreaterThanOrEqual(held - 1);
    expect(after.reusedTokens - before.reusedTokens).toBe(usage.cachedTokens);
    const cold = await loadLlama(smolModelPath, { slots: 1, batchSize: 32 });
    expect((await ask(cold, second, { maxTokens: 8 })).text).toBe(answer.text);
  });

  test('the batches hold exactly the tokens that usage does not call cached', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 2 });
    const random = createRandom(4);
    let billed = 0;
    for (let request = 0; request < 20; request++) {
      const prompt = [
        1,
        ...Array.from({ length: 4 + random.below(40) }, (_, index) => 300 + (index < 20 ? 0 : random.below(3))),
      ];
      const { usage } = (await ask(instance, prompt, { maxTokens: 1 + random.below(6) })).finish;
      billed += usage.promptTokens - usage.cachedTokens + usage.completionTokens - 1;
      await idle(instance);
    }
    const { batchHistogram } = await instance.stats();
    const computed = Object.entries(batchHistogram).reduce((sum, [size, times]) => sum + Number(size) * times, 0);
    expect(computed).toBe(billed);
  });

  test('two conversations keep their own sequences', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 2 });
    const turns = (seed: number, length: number): number[] => [
      1,
      ...Array.from({ length }, (_, index) => 270 + ((index * seed) % 150)),
    ];
    await ask(instance, turns(7, 60), { maxTokens: 1 });
    await idle(instance);
    await ask(instance, turns(11, 60), { maxTokens: 1 });
    await idle(instance);
    expect((await ask(instance, turns(7, 70), { maxTokens: 1 })).finish.usage.cachedTokens).toBe(61);
    await idle(instance);
    expect((await ask(instance, turns(11, 70), { maxTokens: 1 })).finish.usage.cachedTokens).toBe(61);
  });
});

describe('cancelling', () => {
  test('an aborted answer frees its sequence within one step', async () => {
    const instance = await loadLlama(tinyModelPath);
    const abort = new AbortController();
    const error = await errorOf(
      (async () => {
        for await (const event of instance.generate(toTask([1, 300], { maxTokens: 400 }), abort.signal)) {
          if (event.type === 'text-delta') abort.abort();
        }
      })(),
    );
    expect(error.code).toBe('cancelled');
    const { steps } = await instance.stats();
    await idle(instance);
    expect((await instance.stats()).steps - steps).toBeLessThanOrEqual(1);
  });

  test('an abort during a long prompt ends it after the batch that runs', async () => {
    const instance = await loadLlama(tinyModelPath, { contextSize: 4096, batchSize: 64 });
    const prompt = Array.from({ length: 4000 }, (_, index) => 262 + (index % 200));
    const abort = new AbortController();
    const answer = collectAnswer(instance.generate(toTask(prompt), abort.signal));
    while ((await instance.stats()).steps < 2) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect((await errorOf(answer)).code).toBe('cancelled');
    const { steps } = await instance.stats();
    await idle(instance);
    expect((await instance.stats()).steps - steps).toBeLessThanOrEqual(1);
  });

  test('unloading during answers ends them with a typed error and frees the memory once', async () => {
    const instance = await loadLlama(tinyModelPath);
    const answers = [0, 1, 2, 3, 4, 5].map((index) => errorOf(ask(instance, [1, 300 + index], { maxTokens: 400 })));
    while ((await instance.stats()).steps < 3) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([instance.dispose(), instance.dispose()]);
    for (const error of await Promise.all(answers)) expect(error.code).toBe('cancelled');
    expect(await instance.closed).toEqual({ reason: 'disposed' });
    expect((await errorOf(ask(instance, [1]))).code).toBe('cancelled');
  });
});

describe('sampling', () => {
  test('a seed repeats the text, another one changes it, and the one used is reported', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 1 });
    const say = (seed?: number) =>
      ask(instance, [1, 300, 310], {
        maxTokens: 24,
        sampling: { temperature: 1.2, ...(seed === undefined ? {} : { seed }) },
      });
    const first = await say(1234);
    expect(first.start.seed).toBe(1234);
    expect((await say(1234)).text).toBe(first.text);
    expect((await say(1235)).text).not.toBe(first.text);
    const drawn = await say();
    expect((await say(drawn.start.seed)).text).toBe(drawn.text);
    expect((await say(0xffff_ffff)).text).toBe((await say(0xffff_ffff)).text);
  });

  test('every field of sampling changes the answer', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 1 });
    const base = { temperature: 1.5, topK: 0, topP: 1, minP: 0, seed: 5 };
    const say = async (sampling: object) =>
      (await ask(instance, [1, 300, 310], { maxTokens: 40, sampling: { ...base, ...sampling } })).tokens.join();
    const plain = await say({});
    for (const sampling of [
      { temperature: 0.2 },
      { topK: 2 },
      { topP: 0.2 },
      { minP: 0.5 },
      { repeatPenalty: 1.9 },
      { frequencyPenalty: 2 },
      { presencePenalty: 2 },
    ]) {
      expect(await say(sampling), JSON.stringify(sampling)).not.toBe(plain);
    }
    expect(await say({ repeatPenalty: 1.9, repeatLastN: 0 })).toBe(plain);
  });
});

describe('the end of an answer', () => {
  test('a stop text across tokens is cut out; the text before it is the same', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 1 });
    const whole = await ask(instance, [1, 300, 310], { maxTokens: 60 });
    const stop = whole.text.slice(31, 40);
    const cut = await ask(instance, [1, 300, 310], { maxTokens: 60, stops: ['not in it', stop] });
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.finish).toMatchObject({ reason: 'stop', rawReason: 'stop-text', stopText: stop });
  });

  test('SmolLM2 ends by itself', async () => {
    const instance = await loadLlama(smolModelPath, { slots: 1 });
    const answer = await ask(instance, chat('Name the capital of France.'), { maxTokens: 40, ignoreEnd: false });
    expect(answer.text).toBe('The capital of France is Paris.');
    expect(answer.finish).toMatchObject({ reason: 'stop', rawReason: 'eog', usage: { completionTokens: 7 } });
    expect(answer.tokens).toHaveLength(7);
  });

  test('a prompt that does not fit is refused with the numbers before anything is computed', async () => {
    const instance = await loadLlama(tinyModelPath, { contextSize: 64, slots: 1 });
    const events: GenerationEvent[] = [];
    const error = await errorOf(
      (async () => {
        const prompt = Array.from({ length: 64 }, () => 300);
        for await (const event of instance.generate(toTask(prompt, { maxTokens: 5 }), never())) events.push(event);
      })(),
    );
    expect(error.code).toBe('context-overflow');
    expect(error.data).toEqual({ promptTokens: 64, contextSize: 64, maxTokens: 5 });
    expect(events).toEqual([]);
    expect((await instance.stats()).steps).toBe(0);
  });

  test('an answer ends where the context is full', async () => {
    const instance = await loadLlama(tinyModelPath, { contextSize: 64, slots: 1 });
    const { finish } = await ask(instance, [1, 300, 310], { maxTokens: null });
    expect(finish).toMatchObject({ reason: 'length', rawReason: 'context-full', usage: { completionTokens: 61 } });
    const limited = await ask(instance, [1, 300, 310], { maxTokens: 500 });
    expect(limited.finish).toMatchObject({ rawReason: 'context-full', usage: { completionTokens: 61 } });
  });

  test('a prompt of 0 tokens starts from the begin token', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 1 });
    expect((await ask(instance, '', { maxTokens: 3 })).start.promptTokens).toBe(1);
  });
});

describe('text and tokens', () => {
  test("messages become SmolLM2's own ChatML", async () => {
    const instance = await loadLlama(smolModelPath, { slots: 1 });
    const textOf = async (prompt: Prompt) =>
      instance.detokenize((await instance.tokenize({ prompt, addSpecial: true })).tokens);
    expect(await textOf(chat('Hello!'))).toBe(
      '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' +
        '<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(
      await textOf({
        type: 'chat',
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'Q' },
          { role: 'assistant', content: 'Begin' },
        ],
      }),
    ).toBe('<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nBegin');
  });

  test('a beginning of the answer is continued', async () => {
    const instance = await loadLlama(smolModelPath, { slots: 1 });
    const answer = await ask(
      instance,
      {
        type: 'chat',
        messages: [
          { role: 'user', content: 'Name the capital of France.' },
          { role: 'assistant', content: 'The capital of France is' },
        ],
      },
      { maxTokens: 4, ignoreEnd: false },
    );
    expect(answer.text).toMatch(/^ Paris/);
  });

  test.each([
    ['SmolLM2', smolModelPath],
    ['SentencePiece', tinyModelPath],
  ])('any text goes through the tokenizer of %s and back', async (_name, model) => {
    const instance = await loadLlama(model, { slots: 1, contextSize: 64 });
    for (const text of ['Hello  wörld', '日本語 €😀\n\ttab', 'a\u0301 \u200d', '  leading', '\u0000\u0001']) {
      const { tokens, pieces } = await instance.tokenize({ prompt: { type: 'text', text }, addSpecial: false });
      expect(await instance.detokenize(tokens)).toBe(text);
      const bytes = pieces.flatMap((piece) => (typeof piece === 'string' ? [...Buffer.from(piece)] : piece));
      expect(Buffer.from(bytes).toString()).toBe(text);
    }
  });

  test('the text of an answer is the text of its tokens', async () => {
    const instance = await loadLlama(smolModelPath, { slots: 1 });
    const answer = await ask(instance, chat('Write some emoji and Chinese.'), {
      maxTokens: 40,
      sampling: { temperature: 3, seed: 1, topK: 0, topP: 1, minP: 0 },
    });
    const visible: number[] = [];
    for (const token of answer.tokens) {
      if (!(await instance.detokenize([token])).startsWith('<|')) visible.push(token);
    }
    expect(answer.text).toBe(await instance.detokenize(visible));
    expect(answer.tokens).toHaveLength(40);
  });

  test('unknown token ids are refused, not read', async () => {
    const instance = await loadLlama(tinyModelPath, { slots: 1 });
    expect((await errorOf(ask(instance, [1, 512]))).code).toBe('invalid-request');
    expect((await errorOf(instance.detokenize([512]))).code).toBe('invalid-request');
  });
});

describe('loading', () => {
  test('says what it took', async () => {
    const { info } = await loadLlama(tinyModelPath, { contextSize: 512, slots: 2 });
    expect(info).toMatchObject({
      modelId: 'under-test',
      engine: 'llama-cpp',
      placement: 'main',
      pid: process.pid,
      device: 'cpu',
      contextSize: 512,
      slots: 2,
      threads: 1,
      hasChatTemplate: true,
    });
    expect(info.memory.modelBytes).toBeGreaterThan(200_000);
    expect(info.memory.contextBytes).toBeGreaterThan(100_000);
  });

  test('a file that is not there is named', async () => {
    const error = await errorOf(loadLlama('/nowhere/model.gguf'));
    expect(error.code).toBe('model-file-missing');
    expect(error.message).toContain('/nowhere/model.gguf');
  });

  test('a file cut off in the middle fails with the words of the library', async () => {
    const file = path.join(await createTempFolder(), 'cut.gguf');
    const whole = writeTinyRandom();
    await writeFile(file, whole.subarray(0, Math.floor(whole.length / 2)));
    const error = await errorOf(loadLlama(file));
    expect(error.code).toBe('model-load-failed');
    expect(error.data?.['log']).toEqual(
      expect.arrayContaining([expect.stringMatching(/data is not within the file bounds/)]),
    );
  });

  test.each([4_000_000, 500_000_000])('a context of %i tokens is refused, not tried', async (contextSize) => {
    const error = await errorOf(loadLlama(smolModelPath, { contextSize, slots: 4 }));
    expect(error.code).toBe('memory-insufficient');
  });

  test('loading again and again leaves nothing behind', async () => {
    for (let round = 0; round < 10; round++) {
      const instance = await loadLlama(tinyModelPath, { slots: 2 });
      await ask(instance, [1, 300], { maxTokens: 4 });
      await instance.dispose();
      expect(await instance.closed).toEqual({ reason: 'disposed' });
    }
  });
});

describe('random interleavings', () => {
  test.each([1, 2, 3])('answers are those of a lone run, whatever happens beside them (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const instance = await loadLlama(tinyModelPath, { slots: 3, contextSize: 256, batchSize: 32 });
    const alone = await loadLlama(tinyModelPath, { slots: 1, contextSize: 256, batchSize: 32 });
    const heads = [0, 1].map((head) => Array.from({ length: 30 }, (_, index) => 270 + ((index * (head + 3)) % 120)));
    const work: Promise<void>[] = [];
    for (let request = 0; request < 40; request++) {
      const tail = Array.from({ length: 1 + random.below(50) }, () => 270 + random.below(4));
      const prompt = [1, ...random.pick(heads), ...tail];
      const maxTokens = random.below(20);
      if (random.below(3) === 0) work.push(breakOff(instance, prompt, random.below(10)));
      else work.push(compare(prompt, maxTokens));
      await new Promise((resolve) => setTimeout(resolve, random.below(8)));
    }
    await Promise.all(work);
    await idle(instance);

    async function compare(prompt: number[], maxTokens: number): Promise<void> {
      const answer = await ask(instance, prompt, { maxTokens });
      expect(answer.finish.usage.completionTokens).toBe(maxTokens);
      expect(answer.tokens).toEqual((await ask(alone, prompt, { maxTokens })).tokens);
    }
  });

  async function breakOff(
    instance: Awaited<ReturnType<typeof loadLlama>>,
    prompt: number[],
    events: number,
  ): Promise<void> {
    let count = 0;
    for await (const _event of instance.generate(toTask(prompt, { maxTokens: 100 }), never())) {
      if (++count > events) break;
    }
  }
});
