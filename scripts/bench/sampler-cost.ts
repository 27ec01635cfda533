import {
  Candidates,
  logprobsOf,
  neutralSamplerSettings,
  Sampler,
  type SamplerSettings,
  type TokenFilter,
} from '../../src/main/decoding/index.ts';
import { createSeededRandom } from '../test-models/seeded-random.ts';

/** Prints what choosing a token costs, in us: `node scripts/bench/sampler-cost.ts`. One core, no model. */
const empty = new Float32Array(0);
const vocabularies = [49_152, 151_936];
const warmUps = 500;
const rounds = 15;
const callsPerRound = 100;

const chain = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 };
const penalties = { repeat: 1.1, frequency: 0.2, presence: 0.1, lastTokens: 64 };
const dry = { multiplier: 0.8, base: 1.75, allowedLength: 2, lastTokens: 1024, sequenceBreakers: [[10]] };
const cases: readonly [string, Partial<SamplerSettings>][] = [
  ['greedy', { temperature: 0 }],
  ['default chain', chain],
  ['default chain, penalties', { ...chain, penalties }],
  ['default chain, penalties of 4096', { ...chain, penalties: { ...penalties, lastTokens: 4096 } }],
  ['default chain, dry of 1024', { ...chain, dry }],
  ['default chain, 300 biases', { ...chain, logitBias: new Map(Array.from({ length: 300 }, (_, id) => [id, -1])) }],
  ['default chain, dynamic temperature', { ...chain, dynamicTemperature: { range: 0.5, exponent: 1 } }],
  ['default chain, xtc', { ...chain, xtc: { probability: 0.5, threshold: 0.1 } }],
  ['top_k 40', { topK: 40 }],
  ['min_p', { minP: 0.05 }],
  ['top_p', { topP: 0.95 }],
  ['top_n_sigma', { topNSigma: 1 }],
  ['temperature', { temperature: 0.8 }],
  ['dynamic temperature', { dynamicTemperature: { range: 0.5, exponent: 1 } }],
  ['typical_p', { typicalP: 0.9 }],
  ['xtc', { xtc: { probability: 1, threshold: 0.1 } }],
  ['mirostat 1', { mirostat: { version: 1, tau: 3, eta: 0.1 } }],
  ['mirostat 2', { mirostat: { version: 2, tau: 3, eta: 0.1 } }],
];

for (const vocabularySize of vocabularies) {
  const positions = createPositions(vocabularySize);
  const workspace = new Candidates(vocabularySize);
  console.log(
    `\n${vocabularySize} tokens, us of processor time per call (median of ${rounds} rounds of ${callsPerRound})`,
  );
  for (const [name, settings] of cases) {
    const sampler = new Sampler({ ...neutralSamplerSettings, ...settings }, { vocabularySize, workspace });
    print(name, (turn) => sampler.accept(sampler.sample(positions[turn % positions.length] ?? empty).token));
  }
  for (const share of [0.001, 0.9]) {
    const filter = createFilter(vocabularySize, share);
    for (const [name, settings] of cases.slice(0, 2)) {
      const sampler = new Sampler({ ...neutralSamplerSettings, ...settings }, { vocabularySize, workspace });
      const label = `${name}, mask of ${share * 100} %`;
      print(label, (turn) => sampler.sample(positions[turn % positions.length] ?? empty, filter));
    }
  }
  print('log probabilities, top 20', (turn) => logprobsOf(positions[turn % positions.length] ?? empty, 17, 20));
}

/** Scores that look like a language model's: a bell with a few tokens far above it. */
function createPositions(vocabularySize: number): Float32Array[] {
  const random = createSeededRandom(7);
  return Array.from({ length: 8 }, () => {
    const scores = Float32Array.from({ length: vocabularySize }, () => random.gaussian() * 2.5);
    for (let rank = 0; rank < 60; rank++)
      scores[Math.floor(random.next() * vocabularySize)] = 17 - 1.5 * Math.log(rank + 1);
    return scores;
  });
}

/** Forbids every first choice, so that the mask is needed each time. */
function createFilter(vocabularySize: number, share: number): TokenFilter {
  const random = createSeededRandom(3);
  const mask = new Uint32Array(Math.ceil(vocabularySize / 32));
  for (let token = 0; token < vocabularySize; token++) {
    const word = token >>> 5;
    if (random.next() < share) mask[word] = (mask[word] ?? 0) | (1 << (token & 31));
  }
  return { allows: () => false, allowedMask: () => mask };
}

function print(name: string, call: (turn: number) => unknown): void {
  for (let turn = 0; turn < warmUps; turn++) call(turn);
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    for (let turn = 0; turn < callsPerRound; turn++) call(turn);
    return process.cpuUsage(before).user / callsPerRound;
  }).sort((left, right) => left - right);
  console.log(`${name.padEnd(36)} ${(times[Math.floor(rounds / 2)] ?? 0).toFixed(1).padStart(8)}`);
}
