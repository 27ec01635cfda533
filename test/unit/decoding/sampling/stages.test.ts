import { describe, expect, test } from 'vitest';
import { samplerStageSchema, type SamplerStage } from '#shared/domain/generation.ts';
import { neutralSamplerSettings, Sampler, type SamplerSettings, type TokenProbability } from '#main/decoding/index.ts';
import { createRandom, type Random } from '#test/support/random.ts';

const vocabularySize = 1500;

function probabilities(
  settings: Partial<SamplerSettings>,
  scores: Float32Array,
  history: number[] = [],
): TokenProbability[] {
  const sampler = new Sampler({ ...neutralSamplerSettings, ...settings }, { vocabularySize: scores.length, history });
  sampler.sample(scores);
  return sampler.readProbabilities(scores.length);
}

function randomScores(random: Random, size = vocabularySize): Float32Array {
  return Float32Array.from({ length: size }, () => (random.next() + random.next() + random.next()) * 8 - 12);
}

/** The softmax as a textbook writes it. */
function softmax(scores: Float32Array): TokenProbability[] {
  const greatest = Math.max(...scores);
  const weights = Array.from(scores, (score) => Math.exp(score - greatest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights
    .map((weight, token) => ({ token, probability: weight / sum }))
    .sort((left, right) => right.probability - left.probability);
}

const active: Readonly<Record<SamplerStage, Partial<SamplerSettings>>> = {
  penalties: { penalties: { repeat: 1.3, frequency: 0.2, presence: 0.3, lastTokens: 64 } },
  dry: { dry: { multiplier: 1, base: 1.5, allowedLength: 1, lastTokens: 64, sequenceBreakers: [] } },
  top_n_sigma: { topNSigma: 1.5 },
  top_k: { topK: 50 },
  typ_p: { typicalP: 0.8 },
  top_p: { topP: 0.8 },
  min_p: { minP: 0.02 },
  xtc: { xtc: { probability: 1, threshold: 0.005 } },
  temperature: { temperature: 0.7 },
};

describe('every stage', () => {
  test.each(samplerStageSchema.options)('%s leaves probabilities that sum to 1 and fall', (name) => {
    const random = createRandom(21);
    for (let round = 0; round < 20; round++) {
      const found = probabilities(active[name], randomScores(random), [5, 6, 7, 5, 6]);
      const sum = found.reduce((total, { probability }) => total + probability, 0);
      expect(sum).toBeCloseTo(1, 9);
      expect(new Set(found.map(({ token }) => token)).size).toBe(found.length);
      for (let place = 1; place < found.length; place++) {
        expect(found[place]?.probability).toBeLessThanOrEqual(found[place - 1]?.probability ?? 0);
      }
    }
  });

  test.each(samplerStageSchema.options)('%s changes the distribution only when it is in the order', (name) => {
    const scores = randomScores(createRandom(22));
    const history = [5, 6, 7, 5, 6];
    const untouched = probabilities({}, scores);
    expect(probabilities(active[name], scores, history)).not.toEqual(untouched);
    const order = samplerStageSchema.options.filter((other) => other !== name);
    expect(probabilities({ ...active[name], order }, scores, history)).toEqual(untouched);
  });

  test('switched off, all of them leave the model its own distribution', () => {
    const scores = randomScores(createRandom(23));
    const expected = softmax(scores);
    for (const settings of [
      {},
      { dynamicTemperature: { range: 0, exponent: 1 }, xtc: { probability: 0, threshold: 0.1 } },
      { xtc: { probability: 1, threshold: 0.6 }, topNSigma: -1 },
      { penalties: { repeat: 1, frequency: 0, presence: 0, lastTokens: 64 } },
      { penalties: { repeat: 2, frequency: 1, presence: 1, lastTokens: 0 } },
      { dry: { multiplier: 0, base: 1.75, allowedLength: 2, lastTokens: 64, sequenceBreakers: [] } },
    ]) {
      const found = probabilities(settings, scores, [5, 6, 7]);
      expect(found.map(({ token }) => token)).toEqual(expected.map(({ token }) => token));
      for (const [place, { probability }] of expected.entries()) {
        expect(found[place]?.probability).toBeCloseTo(probability, 9);
      }
    }
  });
});

test('a few of the probabilities are the beginning of all of them', () => {
  const scores = randomScores(createRandom(24));
  for (const name of samplerStageSchema.options) {
    const sampler = new Sampler({ ...neutralSamplerSettings, ...active[name] }, { vocabularySize, history: [5, 6, 5] });
    sampler.sample(scores);
    const all = sampler.readProbabilities(Infinity);
    expect(sampler.readProbabilities(7)).toEqual(all.slice(0, 7));
    expect(sampler.readProbabilities(0)).toEqual([]);
  }
});

describe('truncation', () => {
  test('top_k keeps the k highest scores, for small and large k', () => {
    const random = createRandom(31);
    for (const k of [1, 2, 7, 40, 255, 1024, 1025, 1400, 5000]) {
      const scores = randomScores(random);
      const expected = softmax(scores).slice(0, k);
      expect(probabilities({ topK: k }, scores).map(({ token }) => token)).toEqual(expected.map(({ token }) => token));
    }
  });

  test('of equal scores the lower tokens stay', () => {
    const scores = Float32Array.from({ length: 100 }, (_, token) => (token % 3 === 0 ? 1 : 0));
    expect(probabilities({ topK: 3 }, scores).map(({ token }) => token)).toEqual([0, 3, 6]);
    expect(probabilities({ topK: 3, order: ['typ_p', 'top_k'] }, scores).map(({ token }) => token)).toEqual([0, 3, 6]);
  });

  test('top_p keeps the fewest that reach the share, few and many', () => {
    const random = createRandom(32);
    for (const share of [0, 0.1, 0.5, 0.9, 0.99, 0.9999]) {
      const scores = randomScores(random);
      const all = softmax(scores);
      const found = probabilities({ topP: share }, scores);
      const mass = (count: number): number =>
        all.slice(0, count).reduce((sum, { probability }) => sum + probability, 0);
      expect(mass(found.length)).toBeGreaterThanOrEqual(share);
      expect(mass(found.length - 1)).toBeLessThan(Math.max(share, 1e-12));
      expect(found.map(({ token }) => token)).toEqual(all.slice(0, found.length).map(({ token }) => token));
    }
  });

  test('min_p keeps what is probable enough beside the most probable one', () => {
    const scores = randomScores(createRandom(33));
    const all = softmax(scores);
    const expected = all.filter(({ probability }) => probability >= 0.1 * (all[0]?.probability ?? 0));
    expect(probabilities({ minP: 0.1 }, scores).map(({ token }) => token)).toEqual(expected.map(({ token }) => token));
  });

  test('min_keep saves candidates from every stage that has it', () => {
    const scores = randomScores(createRandom(34));
    for (const settings of [{ topP: 0.001 }, { minP: 0.999 }, { typicalP: 0.001 }]) {
      expect(probabilities(settings, scores)).toHaveLength(1);
      expect(probabilities({ ...settings, minKeep: 6 }, scores)).toHaveLength(6);
    }
  });

  test('top_k and min_p give the same candidates in either order', () => {
    const random = createRandom(35);
    for (let round = 0; round < 20; round++) {
      const scores = randomScores(random);
      const settings = { topK: 30, minP: 0.08 };
      expect(probabilities({ ...settings, order: ['top_k', 'min_p'] }, scores)).toEqual(
        probabilities({ ...settings, order: ['min_p', 'top_k'] }, scores),
      );
    }
  });

  test('xtc with probability 1 keeps the last of those over the threshold and everything below', () => {
    const scores = Float32Array.from([0.4, 0.3, 0.2, 0.06, 0.04], Math.log);
    expect(probabilities({ xtc: { probability: 1, threshold: 0.15 } }, scores).map(({ token }) => token)).toEqual([
      2, 3, 4,
    ]);
    expect(probabilities({ xtc: { probability: 1, threshold: 0.35 } }, scores)).toHaveLength(5);
  });
});

describe('penalties', () => {
  const scores = Float32Array.of(2, -2, 1, 0);
  const ratio = (found: TokenProbability[], token: number): number => {
    const of = (id: number): number => found.find((entry) => entry.token === id)?.probability ?? 0;
    return Math.log(of(token) / of(3));
  };

  test('divide a positive score, multiply a negative one, and subtract per occurrence and once', () => {
    const penalties = { repeat: 2, frequency: 0.5, presence: 0.25, lastTokens: 64 };
    const found = probabilities({ penalties }, scores, [0, 0, 0, 1]);
    expect(ratio(found, 0)).toBeCloseTo(1 - 1.5 - 0.25, 6);
    expect(ratio(found, 1)).toBeCloseTo(-4 - 0.5 - 0.25, 6);
    expect(ratio(found, 2)).toBeCloseTo(1, 6);
  });

  test('forget what has left the window', () => {
    const random = createRandom(41);
    for (const lastTokens of [1, 2, 3, 7, 64, -1]) {
      const history = Array.from({ length: 40 }, () => random.below(3));
      const window = lastTokens < 0 ? history : history.slice(-lastTokens);
      const found = probabilities(
        { penalties: { repeat: 1, frequency: 0.25, presence: 0, lastTokens } },
        scores,
        history,
      );
      for (const token of [0, 1, 2]) {
        const count = window.filter((other) => other === token).length;
        expect(ratio(found, token)).toBeCloseTo((scores[token] ?? 0) - 0.25 * count, 6);
      }
    }
  });
});

describe('dry', () => {
  const scores = new Float32Array(10);
  const dry = { multiplier: 1, base: 2, allowedLength: 2, lastTokens: 64, sequenceBreakers: [] };
  const penalty = (history: number[], settings: object = {}): ((token: number) => number) => {
    const found = probabilities({ dry: { ...dry, ...settings } }, scores, history);
    const of = (id: number): number => found.find((entry) => entry.token === id)?.probability ?? 0;
    return (token) => -Math.log(of(token) / of(9));
  };

  test('the token that would prolong a repetition pays by the length of it', () => {
    expect(penalty([1, 2, 3, 4, 1, 2])(3)).toBeCloseTo(1, 6);
    expect(penalty([0, 1, 2, 3, 4, 0, 1, 2])(3)).toBeCloseTo(2, 6);
    expect(penalty([5, 0, 1, 2, 3, 4, 5, 0, 1, 2])(3)).toBeCloseTo(4, 6);
    expect(penalty([5, 0, 1, 2, 3, 4, 5, 0, 1, 2])(4)).toBeCloseTo(0, 6);
  });

  test('a repetition as long as allowed, or out of the window, is free', () => {
    expect(penalty([1, 3, 4, 1])(3)).toBeCloseTo(0, 6);
    expect(penalty([1, 2, 3, 4, 4, 1, 2], { lastTokens: 5 })(3)).toBeCloseTo(0, 6);
    expect(penalty([1, 2, 3, 4, 4, 1, 2], { lastTokens: 7 })(3)).toBeCloseTo(1, 6);
  });

  test('a breaker of one or several tokens ends the search; a token that is one never pays', () => {
    const history = [0, 1, 2, 3, 4, 0, 1, 2];
    expect(penalty(history, { sequenceBreakers: [[0]] })(3)).toBeCloseTo(1, 6);
    expect(penalty(history, { sequenceBreakers: [[1]] })(3)).toBeCloseTo(0, 6);
    expect(penalty(history, { sequenceBreakers: [[4, 0]] })(3)).toBeCloseTo(1, 6);
    expect(penalty(history, { sequenceBreakers: [[3]] })(3)).toBeCloseTo(0, 6);
  });

  test('repetition lengths equal a plain search, for any history', () => {
    const random = createRandom(51);
    for (let round = 0; round < 300; round++) {
      const history = Array.from({ length: 3 + random.below(60) }, () => random.below(4));
      const lengths = new Map<number, number>();
      for (let end = 1; end < history.length; end++) {
        let length = 0;
        while (length < end && history[end - 1 - length] === history[history.length - 1 - length]) length++;
        const token = history[end] ?? 0;
        lengths.set(token, Math.max(lengths.get(token) ?? 0, length));
      }
      const found = penalty(history);
      for (const token of [0, 1, 2, 3]) {
        const length = lengths.get(token) ?? 0;
        const expected = length >= 2 ? 2 ** (length - 2) : 0;
        if (expected < 500) expect(found(token)).toBeCloseTo(expected, 4);
      }
    }
  });

  test('the penalty of an endless repetition stays a number', () => {
    const history = Array.from({ length: 400 }, () => 1);
    expect(probabilities({ dry: { ...dry, lastTokens: -1 } }, scores, history).map(({ token }) => token)).not.toContain(
      1,
    );
  });
});

describe('dynamic temperature', () => {
  test('is low where the model is sure and high where it is not', () => {
    const settings = { dynamicTemperature: { range: 0.9, exponent: 1 }, temperature: 1 };
    const even = new Float32Array(16);
    expect(probabilities(settings, even)[0]?.probability).toBeCloseTo(1 / 16, 9);
    const sure = Float32Array.from({ length: 16 }, (_, token) => (token === 3 ? 6 : 0));
    const found = probabilities(settings, sure)[0];
    expect(found?.token).toBe(3);
    expect(found?.probability).toBeGreaterThan(0.999);
  });

  test('which reaches 0 is greedy', () => {
    const sure = Float32Array.of(500, 0, 0);
    expect(probabilities({ temperature: 0, dynamicTemperature: { range: 1, exponent: 1 } }, sure)).toEqual([
      { token: 0, probability: 1 },
    ]);
  });
});
