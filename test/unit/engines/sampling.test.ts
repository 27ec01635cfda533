import { describe, expect, test } from 'vitest';
import { defaultSampling } from '#shared/domain/generation.ts';
import { resolveSeed, toSamplerConfig } from '#main/engines/llama-cpp/sampling.ts';

const prompt = Uint32Array.from([1, 2, 3, 4, 5, 6]);
const toConfig = (sampling: object, seed = 7) =>
  toSamplerConfig({ sampling: { ...defaultSampling, ...sampling }, seed, prompt, contextSize: 4 });

describe('sampling', () => {
  test('only stages that change something are in the chain', () => {
    expect(toConfig({})).toEqual({ temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05, seed: 7 });
    expect(toConfig({ temperature: 0, topK: 0, topP: 1, minP: 0 })).toEqual({ temperature: 0, seed: 7 });
  });

  test('penalties look at the last tokens of the prompt first', () => {
    expect(toConfig({ repeatPenalty: 1.1, repeatLastN: 3 }).penalties).toEqual({
      repeat: 1.1,
      frequency: 0,
      presence: 0,
      lastTokens: 3,
      history: Uint32Array.from([4, 5, 6]),
    });
    expect(toConfig({ presencePenalty: 0.5, repeatLastN: -1 }).penalties).toMatchObject({
      presence: 0.5,
      lastTokens: 4,
    });
    expect(toConfig({ frequencyPenalty: 0.5, repeatLastN: 0 }).penalties).toBeUndefined();
  });

  test('the seed that the library takes for "random" is replaced by a fixed one', () => {
    expect(toConfig({}, 0xffff_ffff).seed).toBe(0x9e37_79b9);
    expect(toConfig({}, 0xffff_fffe).seed).toBe(0xffff_fffe);
  });

  test('a seed given is used, seed 0 too; without one they differ', () => {
    expect(resolveSeed({ seed: 0 })).toBe(0);
    const drawn = new Set(Array.from({ length: 50 }, () => resolveSeed({})));
    expect(drawn.size).toBe(50);
    for (const seed of drawn) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });
});
