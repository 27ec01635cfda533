import { describe, expect, test } from 'vitest';
import {
  Candidates,
  neutralSamplerSettings,
  Sampler,
  type SamplerSettings,
  type TokenFilter,
} from '#main/decoding/index.ts';
import { createRandom, type Random } from '#test/support/random.ts';

const vocabularySize = 300;
const chain = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 };

function createSampler(
  settings: Partial<SamplerSettings>,
  options: { size?: number; history?: number[] } = {},
): Sampler {
  const { size = vocabularySize, history = [] } = options;
  return new Sampler({ ...neutralSamplerSettings, ...settings }, { vocabularySize: size, history });
}

function randomScores(random: Random, size = vocabularySize): Float32Array {
  return Float32Array.from({ length: size }, () => (random.next() + random.next() + random.next()) * 8 - 12);
}

function allowing(tokens: readonly number[], size = vocabularySize): TokenFilter {
  const mask = new Uint32Array(Math.ceil(size / 32));
  for (const token of tokens) mask[token >>> 5] = (mask[token >>> 5] ?? 0) | (1 << (token & 31));
  return { allows: (token) => tokens.includes(token), allowedMask: () => mask };
}

describe('seeds', () => {
  const run = (sampler: Sampler, random: Random): number[] =>
    Array.from({ length: 60 }, () => {
      const { token } = sampler.sample(randomScores(random));
      sampler.accept(token);
      return token;
    });

  test('the same seed gives the same tokens, another seed others', () => {
    const first = run(createSampler({ ...chain, seed: 5 }), createRandom(1));
    expect(run(createSampler({ ...chain, seed: 5 }), createRandom(1))).toEqual(first);
    expect(run(createSampler({ ...chain, seed: 6 }), createRandom(1))).not.toEqual(first);
  });

  test('a seed stands for these tokens, on every machine', () => {
    const scores = Float32Array.from({ length: 8 }, (_, token) => token / 4);
    const sampler = createSampler({ seed: 42 }, { size: 8 });
    expect(Array.from({ length: 12 }, () => sampler.sample(scores).token)).toEqual([
      7, 3, 7, 6, 5, 1, 5, 4, 2, 6, 1, 6,
    ]);
  });

  test('neighbours that share a workspace do not change each other', () => {
    const alone = run(createSampler({ ...chain, seed: 5 }), createRandom(1));
    const workspace = new Candidates(vocabularySize);
    const options = { vocabularySize, workspace };
    const sampler = new Sampler({ ...neutralSamplerSettings, ...chain, seed: 5 }, options);
    const neighbour = new Sampler({ ...neutralSamplerSettings, typicalP: 0.7, seed: 9 }, options);
    const random = createRandom(1);
    const noise = createRandom(2);
    const tokens = alone.map(() => {
      const { token } = sampler.sample(randomScores(random));
      neighbour.sample(randomScores(noise));
      sampler.accept(token);
      return token;
    });
    expect(tokens).toEqual(alone);
  });

  test('a clone goes on as the original does, and apart from it', () => {
    const settings: Partial<SamplerSettings> = {
      ...chain,
      seed: 3,
      penalties: { repeat: 1.3, frequency: 0.1, presence: 0.1, lastTokens: 20 },
      dry: { multiplier: 1, base: 1.75, allowedLength: 1, lastTokens: -1, sequenceBreakers: [[4]] },
      xtc: { probability: 0.5, threshold: 0.1 },
    };
    const original = createSampler(settings, { history: [1, 2, 3] });
    run(original, createRandom(4));
    const clone = original.clone();
    const expected = run(original, createRandom(5));
    expect(run(clone, createRandom(5))).toEqual(expected);
  });

  test('a clone has a mirostat limit of its own', () => {
    const original = createSampler({ mirostat: { version: 2, tau: 3, eta: 0.3 }, seed: 1 });
    run(original, createRandom(4));
    const clone = original.clone();
    const expected = run(original, createRandom(5));
    expect(run(clone, createRandom(5))).toEqual(expected);
  });
});

describe('greedy', () => {
  test('temperature 0 takes the highest score, the lowest token of equals', () => {
    const scores = Float32Array.of(1, 7, 3, 7, 2);
    for (const settings of [{ temperature: 0 }, { ...chain, temperature: 0 }, { temperature: -1 }]) {
      const sampler = createSampler(settings, { size: 5 });
      expect(sampler.sample(scores)).toEqual({ token: 1, wasMasked: false });
      expect(sampler.readProbabilities(5)).toEqual([{ token: 1, probability: 1 }]);
    }
  });

  test('finds the highest score wherever it is', () => {
    const random = createRandom(8);
    for (let round = 0; round < 300; round++) {
      const size = 1 + random.below(40);
      const scores = randomScores(random, size);
      const expected = scores.indexOf(Math.max(...scores));
      expect(createSampler({ temperature: 0 }, { size }).sample(scores).token).toBe(expected);
    }
  });

  test('bias, penalties and dry act before it', () => {
    const scores = Float32Array.of(5, 4, 3, 2);
    const sample = (settings: Partial<SamplerSettings>, history: number[] = []): number =>
      createSampler({ temperature: 0, ...settings }, { size: 4, history }).sample(scores).token;
    expect(sample({ logitBias: new Map([[2, 3]]) })).toBe(2);
    expect(sample({ logitBias: new Map([[0, -Infinity]]) })).toBe(1);
    expect(sample({ penalties: { repeat: 2, frequency: 0, presence: 0, lastTokens: 8 } }, [0])).toBe(1);
    const dry = { multiplier: 4, base: 2, allowedLength: 2, lastTokens: 64, sequenceBreakers: [] };
    expect(sample({ dry }, [3, 2, 0, 1, 3, 2])).toBe(1);
  });

  test('xtc and typical_p before the temperature can take the highest score away', () => {
    const scores = Float32Array.of(2, 1.9, 0, -1);
    expect(
      createSampler({ temperature: 0, xtc: { probability: 1, threshold: 0.2 } }, { size: 4 }).sample(scores).token,
    ).toBe(1);
  });

  test('without the stage temperature in the order there is none', () => {
    const sampler = createSampler({ temperature: 0, order: ['top_k'], topK: 3, seed: 1 });
    sampler.sample(randomScores(createRandom(1)));
    expect(sampler.readProbabilities(10)).toHaveLength(3);
  });
});

describe('a filter', () => {
  test('an allowed first choice is kept without asking for the mask', () => {
    const filter: TokenFilter = {
      allows: () => true,
      allowedMask: () => {
        throw new Error('not needed');
      },
    };
    const scores = randomScores(createRandom(2));
    const expected = createSampler({ ...chain, seed: 1 }).sample(scores);
    expect(createSampler({ ...chain, seed: 1 }).sample(scores, filter)).toEqual(expected);
  });

  test('a forbidden first choice is made again among the allowed tokens', () => {
    const random = createRandom(12);
    for (let round = 0; round < 200; round++) {
      const allowed = [random.below(vocabularySize), random.below(vocabularySize), random.below(vocabularySize)];
      for (const settings of [chain, { temperature: 0 }, { temperature: 1 }]) {
        const sampler = createSampler({ ...settings, seed: round });
        const { token, wasMasked } = sampler.sample(randomScores(random), allowing(allowed));
        expect(allowed).toContain(token);
        const candidates = wasMasked ? sampler.readProbabilities(9) : [];
        for (const candidate of candidates) expect(allowed).toContain(candidate.token);
      }
    }
  });

  test('greedy takes the best allowed token', () => {
    const scores = Float32Array.of(9, 8, 7, 6, 5);
    const sampler = createSampler({ temperature: 0 }, { size: 5 });
    expect(sampler.sample(scores, allowing([2, 4], 5))).toEqual({ token: 2, wasMasked: true });
  });

  test('choosing again keeps the masked distribution', () => {
    const scores = Float32Array.of(1, 2, 0, 1.5);
    const filter = allowing([0, 2, 3], 4);
    const weights = [Math.exp(1), 0, 1, Math.exp(1.5)];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const sampler = createSampler({ seed: 77 }, { size: 4 });
    const counts = [0, 0, 0, 0];
    const rounds = 40_000;
    for (let round = 0; round < rounds; round++) {
      const { token } = sampler.sample(scores, filter);
      counts[token] = (counts[token] ?? 0) + 1;
    }
    for (const [token, weight] of weights.entries()) {
      expect(Math.abs((counts[token] ?? 0) / rounds - weight / total)).toBeLessThan(0.01);
    }
  });

  test('a bias forbids also what the filter allows', () => {
    const scores = Float32Array.of(9, 8, 7);
    const sampler = createSampler({ temperature: 0, logitBias: new Map([[1, -Infinity]]) }, { size: 3 });
    expect(sampler.sample(scores, allowing([1, 2], 3)).token).toBe(2);
  });

  test('mirostat learns once from a choice that was made twice', () => {
    const scores = Float32Array.of(3, 2, 1, 0);
    const run = (filter?: TokenFilter): unknown => {
      const sampler = createSampler({ seed: 2, mirostat: { version: 2, tau: 0.5, eta: 0.5 } }, { size: 4 });
      for (let round = 0; round < 5; round++) sampler.sample(scores, filter);
      return sampler.readProbabilities(4);
    };
    expect(run(allowing([3], 4))).toEqual([{ token: 3, probability: 1 }]);
  });
});

describe('what is refused', () => {
  const cases = ['greedy', 'chain', 'typical', 'mirostat', 'nothing'] as const;
  const settings: Record<(typeof cases)[number], Partial<SamplerSettings>> = {
    greedy: { temperature: 0 },
    chain,
    typical: { typicalP: 0.5 },
    mirostat: { mirostat: { version: 1, tau: 5, eta: 0.1 } },
    nothing: {},
  };

  test.each(cases)('%s: a score that is no number is named, and the sampler stays usable', (name) => {
    const negativeNaN = new Float32Array(Uint32Array.of(0xffc0_0000).buffer)[0] ?? 0;
    for (const wrong of [NaN, negativeNaN, Infinity]) {
      for (const position of [0, 5, 150, vocabularySize - 1]) {
        const sampler = createSampler({ ...settings[name], seed: 1 });
        const scores = randomScores(createRandom(1));
        scores[position] = wrong;
        expect(() => sampler.sample(scores)).toThrow(
          expect.objectContaining({ code: 'engine-crashed', data: { token: position, score: String(wrong) } }),
        );
        expect(sampler.readProbabilities(5)).toEqual([]);
        expect(sampler.sample(randomScores(createRandom(1))).token).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test.each(cases)('%s: when every token is forbidden', (name) => {
    const sampler = createSampler({ ...settings[name], seed: 1 });
    const nothing = 'Every token is forbidden here.';
    expect(() => sampler.sample(new Float32Array(vocabularySize).fill(-Infinity))).toThrow(nothing);
    expect(() => sampler.sample(randomScores(createRandom(1)), allowing([]))).toThrow(nothing);
    const bans = new Map(Array.from({ length: vocabularySize }, (_, token) => [token, -Infinity]));
    expect(() => createSampler({ ...settings[name], logitBias: bans }).sample(randomScores(createRandom(1)))).toThrow(
      nothing,
    );
  });

  test('scores of another vocabulary', () => {
    expect(() => createSampler({}).sample(new Float32Array(7))).toThrow(
      'Expected 300 scores, one per token, but there are 7.',
    );
  });

  test('no setting makes a score infinite', () => {
    const scores = Float32Array.of(3, 2, -1, 0);
    const history = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3];
    const dry = { multiplier: 100, base: 100, allowedLength: 0, lastTokens: -1, sequenceBreakers: [] };
    for (const settings of [
      { penalties: { repeat: 0, frequency: 0, presence: 0, lastTokens: -1 } },
      { penalties: { repeat: 1e300, frequency: 1e300, presence: 1e300, lastTokens: -1 } },
      { dry },
      { logitBias: new Map([[1, 1e300]]) },
      { logitBias: new Map([0, 1, 2, 3].map((token) => [token, -1e300])) },
      { temperature: 1e-300 },
      { dynamicTemperature: { range: 1e-300, exponent: 100 }, temperature: 1e-300 },
      { mirostat: { version: 1 as const, tau: 1000, eta: 1000 } },
      { mirostat: { version: 2 as const, tau: 0, eta: 1000 } },
    ]) {
      const sampler = createSampler({ ...settings, seed: 1 }, { size: 4, history });
      for (let round = 0; round < 20; round++) {
        sampler.accept(sampler.sample(scores).token);
        const sum = sampler.readProbabilities(4).reduce((total, { probability }) => total + probability, 0);
        expect(sum).toBeCloseTo(1, 9);
      }
    }
  });

  test('biases of tokens that do not exist are left out', () => {
    const scores = Float32Array.of(1, 2, 3);
    const sampler = createSampler(
      {
        temperature: 0,
        logitBias: new Map([
          [3, 9],
          [-1, 9],
        ]),
      },
      { size: 3 },
    );
    expect(sampler.sample(scores).token).toBe(2);
  });
});

describe('the scores of the caller', () => {
  test('are never changed', () => {
    const random = createRandom(3);
    const penalties = { repeat: 1.5, frequency: 0.5, presence: 0.5, lastTokens: -1 };
    for (const settings of [{ temperature: 0 }, chain, { temperature: 0.5 }, { typicalP: 0.5 }, { topNSigma: 1 }]) {
      const sampler = createSampler({ ...settings, penalties, logitBias: new Map([[3, 4]]) }, { history: [1, 2, 3] });
      const scores = randomScores(random);
      const before = scores.slice();
      sampler.sample(scores);
      sampler.sample(scores, allowing([7]));
      expect(scores).toEqual(before);
    }
  });
});
