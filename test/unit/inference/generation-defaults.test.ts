import { expect, test } from 'vitest';
import { resolveSampling } from '#main/inference/generation-defaults.ts';

test('without any wish, Impetus has its own defaults', () => {
  expect(resolveSampling({ request: {}, overrides: {}, recommended: {} })).toEqual({
    temperature: 0.8,
    dynamicTemperatureRange: 0,
    dynamicTemperatureExponent: 1,
    topK: 40,
    topP: 0.95,
    minP: 0.05,
    typicalP: 1,
    topNSigma: -1,
    xtcProbability: 0,
    xtcThreshold: 0.1,
    minKeep: 0,
    repeatPenalty: 1,
    repeatLastN: 64,
    frequencyPenalty: 0,
    presencePenalty: 0,
    dryMultiplier: 0,
    dryBase: 1.75,
    dryAllowedLength: 2,
    dryPenaltyLastN: -1,
    drySequenceBreakers: ['\n', ':', '"', '*'],
    mirostat: 0,
    mirostatTau: 5,
    mirostatEta: 0.1,
    stages: ['penalties', 'dry', 'top_n_sigma', 'top_k', 'typ_p', 'top_p', 'min_p', 'xtc', 'temperature'],
    logitBias: [],
  });
});

test('each field on its own: request, then the user for this model, then the file', () => {
  const sampling = resolveSampling({
    request: { temperature: 0, seed: 7 },
    overrides: { temperature: 0.5, topK: 10 },
    recommended: { temperature: 0.6, topK: 20, topP: 0.9 },
  });
  expect(sampling).toMatchObject({ temperature: 0, seed: 7, topK: 10, topP: 0.9, minP: 0.05 });
});

test('a field that is undefined is absent', () => {
  expect(
    resolveSampling({ request: { temperature: undefined }, overrides: { topK: 3 }, recommended: {} }),
  ).toMatchObject({ temperature: 0.8, topK: 3 });
});

test('nonsense that a file recommends is not taken', () => {
  expect(
    resolveSampling({ request: {}, overrides: {}, recommended: { temperature: -3, topP: 7, topK: 12 } }),
  ).toMatchObject({ temperature: 0.8, topP: 0.95, topK: 12 });
});
