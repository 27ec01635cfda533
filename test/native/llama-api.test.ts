import { beforeAll, describe, expect, test } from 'vitest';
import { getModuleVersion, readGgufFileInfo } from 'node-llama-cpp';
import { DecodeAborted } from '#main/engines/llama-cpp/context-driver.ts';
import { findAddon, pickLibrary } from '#main/engines/llama-cpp/native/shared-libraries.ts';
import {
  batchLayout,
  contextParameters,
  findLayoutFault,
  modelParameters,
} from '#main/engines/llama-cpp/native/struct-layouts.ts';
import { tokenAttributes } from '#main/engines/llama-cpp/native-vocabulary.ts';
import { compileNative } from '#main/engines/llama-cpp/templates/native-template.ts';
import { TokenPieces } from '#main/engines/llama-cpp/token-pieces.ts';
import { longContextModelPath, smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { computeNext, openLibrary, openNative, type OpenNative } from '#test/support/open-native.ts';

/** What the engine relies on in the pinned library, beyond what its header promises. */

let tiny: OpenNative;

beforeAll(async () => {
  tiny = await openNative(tinyModelPath);
  return () => tiny.dispose();
});

/** The likeliest token after these, on an emptied sequence. */
async function evaluate(sequence: number, tokens: number[]): Promise<number> {
  tiny.context.clear(sequence);
  return computeNext(tiny.context, { sequence, position: 0, tokens });
}

describe('the library', () => {
  test('is the version that the structures were read from', async () => {
    expect(await getModuleVersion()).toBe('3.22.1');
    expect((await openLibrary()).api.version()).toMatch(/\d/);
  });

  test('has its structures where we write them: the defaults it gives are the ones of its header', async () => {
    const { api } = await openLibrary();
    expect(findLayoutFault(api.contextDefaults())).toBeUndefined();
    expect(findLayoutFault({ ...api.contextDefaults(), n_batch: 0 })).toBe('n_batch');
    expect(api.modelDefaults()).toMatchObject({ split_mode: 1, main_gpu: 0, vocab_only: false, use_extra_bufts: true });
    expect({
      model: modelParameters.size,
      context: contextParameters.size,
      batch: batchLayout.size,
    }).toEqual({ model: 80, context: 160, batch: 56 });
    // As a C compiler prints them for the header of this version.
    const offsetOf = (layout: typeof contextParameters, field: string) => layout.members?.[field]?.offset;
    expect(offsetOf(modelParameters, 'load_mtp')).toBe(77);
    expect(
      ['flash_attn_type', 'type_k', 'abort_callback', 'embeddings', 'kv_unified', 'samplers', 'ctx_other'].map(
        (field) => offsetOf(contextParameters, field),
      ),
    ).toEqual([52, 104, 112, 128, 133, 136, 152]);
    expect(offsetOf(batchLayout, 'logits')).toBe(48);
  });

  test('lies beside the other libraries of the same build', () => {
    const files = ['/a/libllama-common.so', '/a/libllama.v0.5.0.so', '/a/libggml-base.so', '/a/libggml.v0.5.0.so'];
    expect(pickLibrary(files, 'llama')).toBe('/a/libllama.v0.5.0.so');
    expect(pickLibrary(files, 'ggml')).toBe('/a/libggml.v0.5.0.so');
    expect(pickLibrary(['libllama.cuda.v0.5.0.so'], 'llama')).toBe('libllama.cuda.v0.5.0.so');
    expect(pickLibrary(['libllama.dylib'], 'llama')).toBe('libllama.dylib');
    expect(pickLibrary(['llama.dll'], 'llama')).toBe('llama.dll');
    expect(pickLibrary(['libllama-common.so'], 'llama')).toBeUndefined();
  });
});

describe('a context', () => {
  test('gives the same tokens the same greedy choice, in one batch or token by token', async () => {
    const { context } = tiny;
    const tokens = [1, 300, 310, 320, 330];
    const whole = await evaluate(0, tokens);
    context.clear(1);
    let last = -1;
    for (const [position, token] of tokens.entries()) {
      last = await computeNext(context, { sequence: 1, position, tokens: [token] });
    }
    expect(last).toBe(whole);
  });

  test('a step on this thread is the same step', async () => {
    const { context } = tiny;
    const whole = await evaluate(0, [1, 300, 310]);
    context.clear(0);
    context.beginBatch();
    const index = context.addToBatch({
      sequence: 0,
      position: 0,
      tokens: Uint32Array.of(1, 300, 310),
      scoreCount: 1,
    });
    expect(context.decode({ mayBlock: true })).toBeUndefined();
    const scores = context.scoresAt(index);
    expect(scores.indexOf(Math.max(...scores))).toBe(whole);
  });

  test('cutting a sequence leaves the state of its beginning', async () => {
    const { context } = tiny;
    const expected = await evaluate(0, [1, 300, 310, 400, 401]);
    await evaluate(1, [1, 300, 310, 320, 330]);
    expect(context.truncate(1, 3)).toBe(true);
    expect(context.firstHeldPosition(1)).toBe(0);
    expect(await computeNext(context, { sequence: 1, position: 3, tokens: [400, 401] })).toBe(expected);
    context.clear(1);
    expect(context.firstHeldPosition(1)).toBe(-1);
  });

  test('a state that is saved goes on in another sequence with the same scores', async () => {
    const { context } = tiny;
    const prefix = [1, 300, 310, 320, 330];
    await evaluate(0, prefix);
    const state = context.saveState(0);
    const here = await computeNext(context, { sequence: 0, position: 5, tokens: [400] });
    const hereScores = Float32Array.from(context.scoresAt(0));
    expect(context.loadState(1, state)).toBe(true);
    expect(await computeNext(context, { sequence: 1, position: 5, tokens: [400] })).toBe(here);
    expect(context.scoresAt(0)).toEqual(hereScores);
    context.clear(1);
    expect(context.saveState(1).byteLength).toBeLessThan(64);
  });

  test('scores are those of every position that asked for them', async () => {
    const { context } = tiny;
    const single = await evaluate(0, [1, 300]);
    context.clear(0);
    context.beginBatch();
    const last = context.addToBatch({
      sequence: 0,
      position: 0,
      tokens: Uint32Array.of(1, 300, 310),
      scoreCount: 3,
    });
    await context.decode({ mayBlock: false });
    const scores = context.scoresAt(last - 1);
    expect(scores.indexOf(Math.max(...scores))).toBe(single);
  });

  test('a batch larger than the context allows is refused', () => {
    const { context } = tiny;
    context.beginBatch();
    const tokens = new Uint32Array(context.batchSize + 1).fill(300);
    expect(() => context.addToBatch({ sequence: 0, position: 0, tokens, scoreCount: 0 })).toThrow('A batch holds 128');
  });

  test('a begin position that does not follow on is refused by the decode, and the context stays usable', async () => {
    const { context } = tiny;
    await evaluate(0, [300]);
    await expect(computeNext(context, { sequence: 0, position: 7, tokens: [300] })).rejects.toThrow(
      'could not compute',
    );
    expect(await evaluate(0, [1, 300])).toBeGreaterThanOrEqual(0);
  });

  test('a prompt that is being computed stops when it is told to, and the sequence can be cut back', async () => {
    const big = await openNative(longContextModelPath, { contextSize: 40_960, sequences: 1, batchSize: 32_768 });
    try {
      const { context } = big;
      await computeNext(context, { sequence: 0, position: 0, tokens: [5, 6, 7] });
      context.beginBatch();
      const tokens = Uint32Array.from({ length: 32_000 }, (_, index) => 100 + (index % 900));
      context.addToBatch({ sequence: 0, position: 3, tokens, scoreCount: 1 });
      const decoding = context.decode({ mayBlock: false });
      setTimeout(() => context.abort(), 20);
      await expect(decoding).rejects.toBeInstanceOf(DecodeAborted);
      expect(context.truncate(0, 3)).toBe(true);
      const next = await computeNext(context, { sequence: 0, position: 3, tokens: [8] });
      context.clear(0);
      expect(await computeNext(context, { sequence: 0, position: 0, tokens: [5, 6, 7, 8] })).toBe(next);
    } finally {
      big.dispose();
    }
  });
});

describe('the template engine', () => {
  test("renders and passes on a template's own message", async () => {
    await openLibrary();
    const addon = { addonFile: findAddon() ?? '', mayEndProcess: false };
    const renderer = compileNative("{{ bos_token }}{% if tools %}T{% endif %}{{ messages[0]['content'] }}", addon);
    expect(renderer.render({ bos_token: '<s>', messages: [{ content: 'é😀' }] })).toBe('<s>é😀');
    const raising = compileNative("{{ raise_exception('not like this') }}", addon);
    expect(() => raising.render({})).toThrow(/not like this$/m);
    expect(() => compileNative("{{ '' | no_such_filter(", addon)).toThrow();
  });

  test('is refused by name where the library does not have it', () => {
    expect(() => compileNative('x', { addonFile: 'node:path', mayEndProcess: false })).toThrow(
      expect.objectContaining({ code: 'model-load-failed', message: 'node-llama-cpp has no AddonJinjaRenderer.' }),
    );
  });

  test.each([
    ['a macro that calls itself', '{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}'],
    [
      'two that call each other',
      '{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}',
    ],
    ['one that is handed to itself', '{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}'],
    ['one under another name', '{% macro f(n) %}{{ h(n) }}{% endmacro %}{% set h = f %}{{ f(1) }}'],
  ])('does not get %s where its stack must not end the process', (_, template) => {
    expect(() => compileNative(template, { addonFile: findAddon() ?? '', mayEndProcess: false })).toThrow(
      expect.objectContaining({ code: 'template-failed', data: { limit: 'depth' } }),
    );
  });
});

describe('token pieces', () => {
  test('every token of SmolLM2 has the bytes that the library would write', async () => {
    const smol = await openNative(smolModelPath);
    const { vocabulary } = smol.model;
    const pieces = new TokenPieces(vocabulary);
    expect(vocabulary.size).toBe(49_152);
    const wrong: number[] = [];
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (let token = 0; token < vocabulary.size; token++) {
      const ours = decoder.decode(pieces.written(token).bytes);
      if (ours !== vocabulary.detokenize(Uint32Array.of(token))) wrong.push(token);
    }
    expect(wrong).toEqual([]);
    smol.dispose();
  });

  test('every token of a SentencePiece vocabulary has its bytes; byte tokens are single bytes', () => {
    const { vocabulary } = tiny.model;
    const pieces = new TokenPieces(vocabulary);
    for (let token = 5; token < vocabulary.size; token++) {
      const { bytes, text } = pieces.written(token);
      if (vocabulary.attributes(token) & tokenAttributes.byte) expect([...bytes]).toEqual([token - 5]);
      else expect(text).toBe(vocabulary.detokenize(Uint32Array.of(token)));
    }
    expect(pieces.written(4).text).toBe('<|im_end|>');
    expect(pieces.ofAnswer(4).text).toBe('');
  });

  test('the names of control tokens in a raw text stay text', () => {
    const { vocabulary } = tiny.model;
    expect([...vocabulary.tokenize('<|im_end|>')]).toContain(4);
    expect([...vocabulary.tokenize('<|im_end|>', { isRaw: true })]).not.toContain(4);
  });

  test('the vocabulary size is the one in the file', async () => {
    const { metadata } = await readGgufFileInfo(tinyModelPath);
    expect(tiny.model.vocabulary.size).toBe(metadata.tokenizer.ggml.tokens.length);
  });
});
