import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { decodeGenerationFields, findIdleFields, generationFields } from '#main/api/openai/generation-fields.ts';
import { toChoiceRequest } from '#main/api/openai/sampling-fields.ts';

const schema = z.object(generationFields);

function decode(fields: object, maxTokens?: number) {
  return decodeGenerationFields(schema.parse(fields), maxTokens);
}

test('nothing asked for is nothing decided', () => {
  expect(decode({})).toEqual({ sampling: {}, stops: [] });
});

test('every field in the words of the house', () => {
  expect(
    decode({
      model: 'm',
      temperature: 0,
      top_p: 0.5,
      top_k: 7,
      min_p: 0.1,
      repeat_penalty: 1.1,
      repeat_last_n: 32,
      presence_penalty: -1,
      frequency_penalty: 2,
      seed: 42,
      max_tokens: 9,
      stop: ['a', '', 'b'],
      ignore_eos: true,
      typical_p: 0.9,
      top_n_sigma: 1.5,
      dynatemp_range: 0.5,
      dynatemp_exponent: 2,
      xtc_probability: 0.3,
      xtc_threshold: 0.2,
      min_keep: 3,
      dry_multiplier: 0.8,
      dry_base: 2,
      dry_allowed_length: 4,
      dry_penalty_last_n: 256,
      dry_sequence_breakers: ['\n', 'ok'],
      mirostat: 2,
      mirostat_tau: 4,
      mirostat_eta: 0.2,
      samplers: ['top_k', 'temperature'],
      logit_bias: { '5': -100 },
      n_probs: 2,
    }),
  ).toEqual({
    model: 'm',
    sampling: {
      temperature: 0,
      topP: 0.5,
      topK: 7,
      minP: 0.1,
      repeatPenalty: 1.1,
      repeatLastN: 32,
      presencePenalty: -1,
      frequencyPenalty: 2,
      typicalP: 0.9,
      topNSigma: 1.5,
      dynamicTemperatureRange: 0.5,
      dynamicTemperatureExponent: 2,
      xtcProbability: 0.3,
      xtcThreshold: 0.2,
      minKeep: 3,
      dryMultiplier: 0.8,
      dryBase: 2,
      dryAllowedLength: 4,
      dryPenaltyLastN: 256,
      drySequenceBreakers: ['\n', 'ok'],
      mirostat: 2,
      mirostatTau: 4,
      mirostatEta: 0.2,
      stages: ['top_k', 'temperature'],
      logitBias: [{ token: 5, bias: -100 }],
      seed: 42,
    },
    tokenProbabilities: 2,
    maxTokens: 9,
    stops: ['a', 'b'],
    ignoreEndOfGeneration: true,
  });
});

test('the limit of the dialect goes before max_tokens, that before n_predict; -1 there is no limit', () => {
  expect(decode({ max_tokens: 5, n_predict: 6 }, 4).maxTokens).toBe(4);
  expect(decode({ max_tokens: 5, n_predict: 6 }).maxTokens).toBe(5);
  expect(decode({ n_predict: 6 }).maxTokens).toBe(6);
  expect(decode({ n_predict: -1 })).not.toHaveProperty('maxTokens');
  expect(decode({ max_tokens: 0 }).maxTokens).toBe(0);
});

test('a seed of -1 is random, a large one is folded into 32 bits', () => {
  expect(decode({ seed: -1 }).sampling).toEqual({});
  expect(decode({ seed: 4_294_967_296 + 5 }).sampling).toEqual({ seed: 5 });
});

test.each([
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['30s', 30_000],
  ['250ms', 250],
  ['60', 60_000],
  [60, 60_000],
  [0, 0],
  [-1, -1],
  ['-1m', -1],
])('keep_alive %j is %i ms', (keep_alive, keepAliveMs) => {
  expect(decode({ keep_alive }).keepAliveMs).toBe(keepAliveMs);
});

test('ttl is seconds', () => {
  expect(decode({ ttl: 90 }).keepAliveMs).toBe(90_000);
});

describe('out of bounds', () => {
  test.each([
    { temperature: 9 },
    { temperature: -0.1 },
    { temperature: 'warm' },
    { top_p: 1.01 },
    { top_k: -1 },
    { top_k: 1.5 },
    { min_p: 2 },
    { n: 0 },
    { n: 9 },
    { n: 1_000_000_000 },
    { max_tokens: -1 },
    { max_tokens: 1e18 },
    { seed: 0.5 },
    { seed: -2 },
    { frequency_penalty: 2.1 },
    { presence_penalty: -2.1 },
    { stop: Array.from({ length: 129 }, () => 'x') },
    { stop: [5] },
    { stop: ['x'.repeat(4_097)] },
    { keep_alive: 'soon' },
    { keep_alive: '999999h' },
    { ttl: -1 },
    { stream: 'yes' },
    { model: '' },
    { model: 'x'.repeat(513) },
    { model: '../../etc/passwd' },
    { model: 'a/../b' },
    { model: 'a\\..\\b' },
    { model: '..' },
    { model: 'a\u0000b' },
    { model: 'a\r\nb' },
    { stop: '\ud800' },
    { typical_p: 1.1 },
    { top_n_sigma: -2 },
    { repeat_penalty: 0 },
    { xtc_probability: -0.1 },
    { mirostat: 3 },
    { mirostat_tau: -1 },
    { dry_sequence_breakers: [] },
    { dry_sequence_breakers: [''] },
    { dry_penalty_last_n: -2 },
    { temperature: Number.NaN },
    { mirostat_eta: Number.POSITIVE_INFINITY },
    { n_probs: 1_001 },
  ])('%j is refused', (fields) => {
    expect(schema.safeParse(fields).success).toBe(false);
  });
});

test('what is off in llama.cpp’s words is off in ours', () => {
  expect(decode({ top_n_sigma: 0 }).sampling).toEqual({ topNSigma: -1 });
});

test.each([
  [{ stream: true, stream_options: { include_usage: true, include_obfuscation: false } }, []],
  [{ stream: true, stream_options: { include_obfuscation: true, other: 1 } }, ['include_obfuscation', 'other']],
])('stream options that make no difference: %j', (fields, names) => {
  expect(findIdleFields(schema.parse(fields))).toEqual(names.map((name) => `stream_options.${name}`));
});

test('what is about streams makes no difference without one', () => {
  const fields = { stream_options: { include_usage: true }, return_progress: true, timings_per_token: false };
  expect(findIdleFields(schema.parse(fields))).toEqual(['stream_options', 'return_progress']);
});

test('choices differ by their seed; without one each is random', () => {
  const request: GenerationRequest = {
    prompt: { type: 'text', text: 'a' },
    sampling: { seed: 0xffff_ffff },
    stops: [],
  };
  expect([0, 1, 2].map((choice) => toChoiceRequest(request, choice).sampling.seed)).toEqual([0xffff_ffff, 0, 1]);
  expect(toChoiceRequest({ ...request, sampling: {} }, 1).sampling).toEqual({});
});
