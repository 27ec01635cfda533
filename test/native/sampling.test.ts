import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sampling } from '#shared/domain/generation.ts';
import type { ServerFields } from '#scripts/sampler-fixtures/cases.ts';
import { smolCases, smolTokens, type SmolFixture } from '#scripts/sampler-fixtures/smol-cases.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';

/** Recorded by scripts/record-sampler-fixtures.ts from llama-server on the same libraries, one thread. */
const file = path.join(import.meta.dirname, '../fixtures/sampler/smollm2.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as SmolFixture;

describe('SmolLM2 writes what llama-server writes for the same seed and settings', () => {
  test('the cases are the recorded ones', () => {
    expect(fixture.cases.map(({ tokens: _tokens, hasEnded: _hasEnded, ...smolCase }) => smolCase)).toEqual(smolCases);
  });

  test.each(fixture.cases)('$name', async ({ seed, fields, tokens, hasEnded }) => {
    const instance = await loadLlama(smolModelPath, { slots: 1 });
    const sampling = { ...toSampling(fields), seed };
    const answer = await ask(instance, fixture.prompt, { maxTokens: smolTokens, ignoreEnd: false, sampling });
    expect(answer.tokens).toEqual(tokens);
    expect(answer.finish.reason).toBe(hasEnded ? 'stop' : 'length');
  });
});

function toSampling(fields: ServerFields): Partial<Sampling> {
  return {
    temperature: fields.temperature ?? 1,
    dynamicTemperatureRange: fields.dynatemp_range ?? 0,
    topK: fields.top_k ?? 0,
    topP: fields.top_p ?? 1,
    minP: fields.min_p ?? 0,
    typicalP: fields.typical_p ?? 1,
    topNSigma: fields.top_n_sigma ?? -1,
    xtcProbability: fields.xtc_probability ?? 0,
    xtcThreshold: fields.xtc_threshold ?? 0.1,
    repeatPenalty: fields.repeat_penalty ?? 1,
    repeatLastN: fields.repeat_last_n ?? 64,
    presencePenalty: fields.presence_penalty ?? 0,
    dryMultiplier: fields.dry_multiplier ?? 0,
    dryBase: fields.dry_base ?? 1.75,
    dryAllowedLength: fields.dry_allowed_length ?? 2,
    dryPenaltyLastN: fields.dry_penalty_last_n ?? 64,
    mirostat: fields.mirostat === 2 ? 2 : 0,
    mirostatTau: fields.mirostat_tau ?? 5,
    mirostatEta: fields.mirostat_eta ?? 0.1,
    ...(fields.samplers ? { stages: fields.samplers } : {}),
  };
}
