import { describe, expect, test } from 'vitest';
import { defaultSampling, type Sampling } from '#shared/domain/generation.ts';
import { resolveSeed, SamplerSettingsMaker } from '#main/engines/llama-cpp/sampling.ts';
import type { NativeVocabulary } from '#main/engines/llama-cpp/native-vocabulary.ts';
import type { TokenPieces } from '#main/engines/llama-cpp/token-pieces.ts';

/** Token i is the letter with code 97 + i. */
const vocabulary = {
  size: 26,
  tokenize: (text: string) => Uint32Array.from(text, (letter) => letter.charCodeAt(0) - 97),
} as unknown as NativeVocabulary;
const pieces = { ofAnswer: (token: number) => ({ bytes: Uint8Array.of(97 + token) }) } as unknown as TokenPieces;
const make = (sampling: Partial<Sampling>, seed = 7) =>
  new SamplerSettingsMaker(vocabulary, pieces).make({ ...defaultSampling, ...sampling }, seed);

describe('sampling', () => {
  test('every field of a request reaches the sampler under its own name', () => {
    expect(
      make({
        temperature: 0.5,
        dynamicTemperatureRange: 0.2,
        dynamicTemperatureExponent: 2,
        topK: 3,
        topP: 0.8,
        minP: 0.1,
        typicalP: 0.7,
        topNSigma: 2,
        xtcProbability: 0.3,
        xtcThreshold: 0.2,
        minKeep: 4,
        repeatPenalty: 1.1,
        repeatLastN: 9,
        frequencyPenalty: 0.6,
        presencePenalty: -0.6,
        dryMultiplier: 0.9,
        dryBase: 1.5,
        dryAllowedLength: 3,
        dryPenaltyLastN: 11,
        drySequenceBreakers: ['c'],
        mirostat: 2,
        mirostatTau: 4,
        mirostatEta: 0.3,
        stages: ['temperature', 'top_k'],
        logitBias: [
          { token: 1, bias: 2 },
          { token: 'ab', bias: 3 },
          { token: 5, bias: null },
        ],
      }),
    ).toEqual({
      seed: 7,
      temperature: 0.5,
      dynamicTemperature: { range: 0.2, exponent: 2 },
      topK: 3,
      topP: 0.8,
      minP: 0.1,
      typicalP: 0.7,
      topNSigma: 2,
      xtc: { probability: 0.3, threshold: 0.2 },
      dry: { multiplier: 0.9, base: 1.5, allowedLength: 3, lastTokens: 11, sequenceBreakers: [[2]] },
      mirostat: { version: 2, tau: 4, eta: 0.3 },
      penalties: { repeat: 1.1, frequency: 0.6, presence: -0.6, lastTokens: 9 },
      logitBias: new Map([
        [1, 5],
        [0, 3],
        [5, -Infinity],
      ]),
      order: ['temperature', 'top_k'],
      minKeep: 4,
    });
  });

  test('repetition breakers are not looked up where nothing uses them', () => {
    expect(make({ dryMultiplier: 0 }).dry).toBe(false);
    expect(make({ dryMultiplier: 1, dryPenaltyLastN: 0 }).dry).toBe(false);
  });

  test('a biased token that the vocabulary does not have is refused by name', () => {
    expect(() => make({ logitBias: [{ token: 26, bias: 1 }] })).toThrow(/Token 26 .* vocabulary of 26/);
  });

  test('a seed given is used, seed 0 too; without one they differ', () => {
    expect(resolveSeed({ seed: 0 })).toBe(0);
    const drawn = new Set(Array.from({ length: 50 }, () => resolveSeed({})));
    expect(drawn.size).toBe(50);
    for (const seed of drawn) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });
});
