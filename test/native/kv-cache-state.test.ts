import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cutState, readSequenceState, type StateBlock } from '#main/engines/llama-cpp/kv-cache/sequence-state.ts';
import { assembleState } from '#main/engines/llama-cpp/kv-cache/state-builder.ts';
import { longContextModelPath, smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { writeTinyRecurrent, writeTinySlidingWindow } from '#test/support/make-gguf.ts';
import { NativeSequences, writeTempModel } from '#test/support/native-sequences.ts';
import { createRandom } from '#test/support/random.ts';

/** What the pinned library writes and reads is what sequence-state.ts says. */

function makePrompt(length: number, seed = 5): Uint32Array {
  const random = createRandom(seed);
  return Uint32Array.from({ length }, () => 262 + random.below(240));
}

function cut(bytes: Uint8Array, size = 256): StateBlock[] {
  const state = readSequenceState(bytes);
  if (!state) throw new Error('The state was not understood.');
  const count = Math.ceil(state.tokenCount / size);
  return Array.from({ length: count }, (_, index) => {
    const block = cutState(state, { from: index * size, to: Math.min((index + 1) * size, state.tokenCount) });
    if (!block) throw new Error('The state could not be cut.');
    return block;
  });
}

const hashOf = ({ rows }: StateBlock): string => createHash('sha256').update(rows).digest('hex');

describe.each([
  ['each sequence with a cache of its own', { sequences: 4, isUnified: false, streamCount: 4 }],
  ['one cache for all sequences', { sequences: 4, isUnified: true, streamCount: 1 }],
])('%s', (_name, { streamCount, ...options }) => {
  test('what was saved, cut and put together is the same bytes', () => {
    const native = new NativeSequences(longContextModelPath, { ...options, contextSize: 2048 });
    native.decode(1, makePrompt(40, 3));
    native.decode(2, makePrompt(900));
    const bytes = native.save(2);
    const blocks = cut(bytes);
    expect(blocks.map(({ tokenCount }) => tokenCount)).toEqual([256, 256, 256, 132]);
    expect(Buffer.from(bytes).equals(assembleState(blocks, { streamCount, sequence: 2 }) ?? Buffer.alloc(0))).toBe(
      true,
    );
  });

  test('a prefix from blocks goes on like a prefix that was computed', () => {
    const native = new NativeSequences(longContextModelPath, { ...options, contextSize: 2048 });
    const first = makePrompt(900);
    native.decode(0, first);
    const blocks = cut(native.save(0)).slice(0, 3);
    const other = Uint32Array.from([...first.subarray(0, 768), ...makePrompt(60, 9)]);
    native.decode(1, other.subarray(0, 768));
    const cold = native.generate(1, other, { held: 768, count: 24 });
    native.decode(3, makePrompt(300, 8));
    expect(native.load(3, assembleState(blocks, { streamCount }) ?? new Uint8Array())).toBe(true);
    expect(native.generate(3, other, { held: 768, count: 24 })).toEqual(cold);
  });
});

test('equal prefixes in two sequences with caches of their own give equal blocks', () => {
  const native = new NativeSequences(longContextModelPath, { sequences: 4, contextSize: 2048 });
  const first = makePrompt(900);
  native.decode(0, first);
  native.decode(2, makePrompt(100, 4));
  native.clear(2);
  native.decode(2, Uint32Array.from([...first.subarray(0, 768), ...makePrompt(60, 9)]));
  const shared = cut(native.save(0)).slice(0, 2).map(hashOf);
  expect(cut(native.save(2)).slice(0, 2).map(hashOf)).toEqual(shared);
});

test('a state goes into a context with another number of sequences', () => {
  const one = new NativeSequences(tinyModelPath, { sequences: 1 });
  const four = new NativeSequences(tinyModelPath, { sequences: 4, contextSize: 512 });
  const prompt = makePrompt(300);
  const expected = one.generate(0, prompt, { held: 0, count: 12 });
  one.truncate(0, 290);
  const state = one.save(0);
  expect(four.load(3, state)).toBe(false);
  expect(four.load(3, assembleState(cut(state), { streamCount: 4 }) ?? new Uint8Array())).toBe(true);
  expect(four.generate(3, prompt, { held: 290, count: 12 })).toEqual(expected);
});

test('keys and values of eight bits are cut like others', () => {
  const native = new NativeSequences(smolModelPath, { sequences: 2, contextSize: 512, cacheType: 8 });
  const prompt = makePrompt(280);
  const expected = native.generate(0, prompt, { held: 0, count: 6 });
  native.truncate(0, 270);
  const bytes = native.save(0);
  const assembled = assembleState(cut(bytes, 64), { streamCount: 2, sequence: 0 }) ?? new Uint8Array();
  expect(Buffer.from(bytes).equals(assembled)).toBe(true);
  expect(native.load(1, assembled)).toBe(true);
  expect(native.generate(1, prompt, { held: 270, count: 6 })).toEqual(expected);
});

test('without flash attention values lie transposed: such a state is not cut', () => {
  const native = new NativeSequences(tinyModelPath, { flashAttention: false });
  native.decode(0, makePrompt(300));
  expect(readSequenceState(native.save(0))).toBeUndefined();
});

test('a recurrent state is not cut', async () => {
  const native = new NativeSequences(await writeTempModel(writeTinyRecurrent()), { sequences: 2, contextSize: 512 });
  native.decode(0, makePrompt(300));
  expect(readSequenceState(native.save(0))).toBeUndefined();
});

describe('a sliding-window model', () => {
  test('is cut in two caches and put together to the same bytes', async () => {
    const native = new NativeSequences(await writeTempModel(writeTinySlidingWindow(64)), { sequences: 2 });
    native.decode(1, makePrompt(700));
    const bytes = native.save(1);
    const blocks = cut(bytes);
    expect(blocks.at(-1)?.window).toMatchObject({ start: 636, count: 64 });
    const assembled = assembleState(blocks, { streamCount: 2, sequence: 1 });
    expect(Buffer.from(bytes).equals(assembled ?? Buffer.alloc(0))).toBe(true);
  });

  test('goes on from where it was saved, at any length', async () => {
    const file = await writeTempModel(writeTinySlidingWindow(64));
    const native = new NativeSequences(file, { sequences: 2 });
    const random = createRandom(11);
    for (let trial = 0; trial < 12; trial++) {
      const held = 1 + random.below(600);
      const prompt = makePrompt(held + 20, trial + 100);
      native.clear(0);
      native.clear(1);
      native.decode(0, prompt.subarray(0, held));
      const state = native.save(0);
      const expected = native.generate(0, prompt, { held, count: 8 });
      expect(native.load(1, assembleState(cut(state), { streamCount: 2 }) ?? new Uint8Array())).toBe(true);
      expect(native.generate(1, prompt, { held, count: 8 }), `${held} tokens`).toEqual(expected);
    }
  });
});
