import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logprobsOf, Sampler } from '#main/decoding/index.ts';
import { createBigramScores, vocabularySize, writeBigramModel } from '#scripts/sampler-fixtures/bigram-model.ts';
import { samplerCases, toSamplerSettings } from '#scripts/sampler-fixtures/cases.ts';
import { decodePositions, summarise, type SamplerFixture } from '#scripts/sampler-fixtures/fixture.ts';

/**
 * Recorded by scripts/record-sampler-fixtures.ts from llama-server on a model whose scores this test computes itself.
 * Each case follows llama-server's own 200 tokens, so that state (penalties, mirostat, random numbers) is compared too.
 */
const file = path.join(import.meta.dirname, '../../../fixtures/sampler/llama-server.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as SamplerFixture;
const scoresAfter = createBigramScores();

test('the fixture was recorded with the model that these tests compute', () => {
  expect(createHash('sha256').update(writeBigramModel()).digest('hex')).toBe(fixture.modelSha256);
  expect(fixture.cases.map(({ name, fields }) => ({ name, fields }))).toEqual(samplerCases);
});

describe('candidates, probabilities and choices of 200 positions equal those of llama-server', () => {
  test.each(fixture.cases)('$name', ({ fields, positions }) => {
    const { seed, prompt } = fixture;
    const sampler = new Sampler(toSamplerSettings(fields, seed), { vocabularySize, history: prompt });
    const recorded = decodePositions(positions);
    expect(recorded).toHaveLength(200);
    let last = prompt.at(-1) ?? 0;
    for (const { token, count, checksum, top } of recorded) {
      const choice = sampler.sample(scoresAfter(last));
      const own = sampler.readProbabilities(vocabularySize);
      expect({ token: choice.token, ...pick(summarise(token, own)) }).toEqual({ token, count, checksum });
      for (const { token: candidate, probability } of top) {
        const ours = own.find((entry) => entry.token === candidate)?.probability ?? 0;
        expect(Math.abs(ours - probability)).toBeLessThan(1e-4);
      }
      sampler.accept(token);
      last = token;
    }
  });
});

test('log probabilities of the raw distribution equal those of llama-server', () => {
  let last = fixture.prompt.at(-1) ?? 0;
  expect(fixture.logprobs).toHaveLength(200);
  for (const { token, logprob, top } of fixture.logprobs) {
    const own = logprobsOf(scoresAfter(last), token, 3);
    expect(own.logprob).toBeCloseTo(logprob, 4);
    expect(own.top.map((entry) => entry.token)).toEqual(top.map(([id]) => id));
    for (const [place, [, expected]] of top.entries()) expect(own.top[place]?.logprob).toBeCloseTo(expected, 4);
    last = token;
  }
});

function pick({ count, checksum }: { count: number; checksum: number }): { count: number; checksum: number } {
  return { count, checksum };
}
