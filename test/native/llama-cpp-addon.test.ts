import { beforeAll, describe, expect, test } from 'vitest';
import {
  getLlama,
  getModuleVersion,
  LlamaLogLevel,
  readGgufFileInfo,
  type Llama,
  type LlamaContext,
  type LlamaModel,
} from 'node-llama-cpp';
import { createAddonDriver, type AddonDriver } from '#main/engines/llama-cpp/addon-driver.ts';
import { tokenAttributes } from '#main/engines/llama-cpp/native-vocabulary.ts';
import { TokenPieces } from '#main/engines/llama-cpp/token-pieces.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';

/** What the engine relies on in the private parts of the pinned library. */

let llama: Llama;
let tiny: { model: LlamaModel; context: LlamaContext; driver: AddonDriver };

async function open(path: string): Promise<typeof tiny> {
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({ contextSize: 512, sequences: 2, batchSize: 128, threads: 1 });
  return { model, context, driver: createAddonDriver(llama, model, context) };
}

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 0, logLevel: LlamaLogLevel.disabled });
  tiny = await open(tinyModelPath);
  return async () => {
    await tiny.context.dispose();
    await tiny.model.dispose();
  };
});

const greedy = { temperature: 0, seed: 1 };

/** Decodes tokens on an emptied sequence and chooses the next one. */
async function evaluate(sequence: number, tokens: number[], sampler = greedy as object): Promise<number> {
  const { batch } = tiny.driver;
  batch.clear(sequence);
  batch.beginBatch(tokens.length);
  const scores = batch.addToBatch({ sequence, position: 0, tokens: Uint32Array.from(tokens), wantsScores: true });
  await batch.decode();
  const native = batch.createSampler({ ...greedy, ...sampler });
  try {
    return await batch.sample(scores, native);
  } finally {
    native.dispose();
  }
}

describe('node-llama-cpp', () => {
  test('is the version whose private parts are known', async () => {
    expect(await getModuleVersion()).toBe('3.22.1');
  });

  test('the same tokens give the same greedy choice, in one batch or token by token', async () => {
    const { batch } = tiny.driver;
    const tokens = [1, 300, 310, 320, 330];
    const whole = await evaluate(0, tokens);
    batch.clear(1);
    let scores = -1;
    for (const [position, token] of tokens.entries()) {
      batch.beginBatch(1);
      scores = batch.addToBatch({ sequence: 1, position, tokens: Uint32Array.of(token), wantsScores: true });
      await batch.decode();
    }
    const sampler = batch.createSampler(greedy);
    expect(await batch.sample(scores, sampler)).toBe(whole);
    sampler.dispose();
  });

  test('cutting a sequence leaves the state of its beginning', async () => {
    const { batch } = tiny.driver;
    const expected = await evaluate(0, [1, 300, 310, 400, 401]);
    await evaluate(1, [1, 300, 310, 320, 330]);
    expect(batch.truncate(1, 3)).toBe(true);
    expect(batch.firstHeldPosition(1)).toBe(0);
    batch.beginBatch(2);
    const scores = batch.addToBatch({ sequence: 1, position: 3, tokens: Uint32Array.of(400, 401), wantsScores: true });
    await batch.decode();
    const sampler = batch.createSampler(greedy);
    expect(await batch.sample(scores, sampler)).toBe(expected);
    sampler.dispose();
    batch.clear(1);
    expect(batch.firstHeldPosition(1)).toBe(-1);
  });

  test('a batch larger than the context allows is refused', () => {
    expect(() => tiny.driver.batch.beginBatch(tiny.driver.batch.batchSize + 1)).toThrow('Invalid batch size');
  });

  test('a begin position that does not follow on is refused by the decode, and the context stays usable', async () => {
    const { batch } = tiny.driver;
    batch.clear(0);
    batch.beginBatch(1);
    batch.addToBatch({ sequence: 0, position: 7, tokens: Uint32Array.of(300), wantsScores: true });
    await batch.decode();
    batch.beginBatch(1);
    batch.addToBatch({ sequence: 0, position: 3, tokens: Uint32Array.of(300), wantsScores: true });
    await expect(batch.decode()).rejects.toThrow('Eval has failed');
    expect(await evaluate(0, [1, 300])).toBeGreaterThanOrEqual(0);
  });

  test('a seed repeats, another one differs; the seed that means "random" to the library does not repeat', async () => {
    const choices = async (seed: number): Promise<number[]> => {
      const { batch } = tiny.driver;
      batch.clear(0);
      batch.beginBatch(2);
      const scores = batch.addToBatch({ sequence: 0, position: 0, tokens: Uint32Array.of(1, 300), wantsScores: true });
      await batch.decode();
      const sampler = batch.createSampler({ temperature: 2, seed });
      const chosen: number[] = [];
      for (let choice = 0; choice < 24; choice++) chosen.push(await batch.sample(scores, sampler));
      sampler.dispose();
      return chosen;
    };
    expect(await choices(42)).toEqual(await choices(42));
    expect(await choices(43)).not.toEqual(await choices(42));
    expect(await choices(0xffff_ffff)).not.toEqual(await choices(0xffff_ffff));
  });

  test('penalties count the given history and, by itself, every chosen token', async () => {
    const { batch } = tiny.driver;
    const prompt = Uint32Array.of(1, 300);
    const first = await evaluate(0, [...prompt]);
    const penalties = { repeat: 1, frequency: 2, presence: 2, lastTokens: 64, history: Uint32Array.of(first) };
    expect(await evaluate(0, [...prompt], { penalties })).not.toBe(first);
    batch.clear(0);
    batch.beginBatch(2);
    const scores = batch.addToBatch({ sequence: 0, position: 0, tokens: prompt, wantsScores: true });
    await batch.decode();
    const sampler = batch.createSampler({ ...greedy, penalties: { ...penalties, history: new Uint32Array(0) } });
    const chosen: number[] = [];
    for (let choice = 0; choice < 6; choice++) chosen.push(await batch.sample(scores, sampler));
    sampler.dispose();
    expect(chosen[0]).toBe(first);
    expect(new Set(chosen.slice(0, 3)).size).toBe(3);
  });

  test('stages that are switched off change nothing', async () => {
    const tokens = [1, 300, 310];
    const plain = await evaluate(0, tokens);
    expect(await evaluate(0, tokens, { topK: 1, temperature: 1 })).toBe(plain);
    expect(await evaluate(0, tokens, { topP: 0, temperature: 1 })).toBe(plain);
    expect(await evaluate(0, tokens, { minP: 1, temperature: 1 })).toBe(plain);
  });

  test("its template engine renders and passes on a template's own message", () => {
    const renderer = tiny.driver.compileTemplate(
      "{{ bos_token }}{% if tools %}T{% endif %}{{ messages[0]['content'] }}",
    );
    expect(renderer.render({ bos_token: '<s>', messages: [{ content: 'é😀' }] })).toBe('<s>é😀');
    const raising = tiny.driver.compileTemplate("{{ raise_exception('not like this') }}");
    expect(() => raising.render({})).toThrow(/not like this$/m);
    expect(() => tiny.driver.compileTemplate('{% if %}')).toThrow('failed to compile template');
  });

  test('a library without the private parts is refused by name', () => {
    expect(() => createAddonDriver({} as Llama, tiny.model, tiny.context)).toThrow(
      expect.objectContaining({ code: 'model-load-failed', message: 'node-llama-cpp has no bindings.AddonSampler.' }),
    );
  });
});

describe('token pieces', () => {
  test('every token of SmolLM2 has the bytes that the library would write', async () => {
    const smol = await open(smolModelPath);
    const { vocabulary } = smol.driver;
    const pieces = new TokenPieces(vocabulary);
    expect(vocabulary.size).toBe(49_152);
    const wrong: number[] = [];
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (let token = 0; token < vocabulary.size; token++) {
      const ours = decoder.decode(pieces.written(token).bytes);
      if (ours !== vocabulary.detokenize(Uint32Array.of(token))) wrong.push(token);
    }
    expect(wrong).toEqual([]);
    await smol.context.dispose();
    await smol.model.dispose();
  });

  test('every token of a SentencePiece vocabulary has its bytes; byte tokens are single bytes', () => {
    const { vocabulary } = tiny.driver;
    const pieces = new TokenPieces(vocabulary);
    for (let token = 5; token < vocabulary.size; token++) {
      const { bytes, text } = pieces.written(token);
      if (vocabulary.attributes(token) & tokenAttributes.byte) expect([...bytes]).toEqual([token - 5]);
      else expect(text).toBe(vocabulary.detokenize(Uint32Array.of(token)));
    }
    expect(pieces.written(4).text).toBe('<|im_end|>');
    expect(pieces.ofAnswer(4).text).toBe('');
  });

  test('the vocabulary size is the one in the file', async () => {
    const { metadata } = await readGgufFileInfo(tinyModelPath);
    expect(tiny.driver.vocabulary.size).toBe(metadata.tokenizer.ggml.tokens.length);
  });
});
