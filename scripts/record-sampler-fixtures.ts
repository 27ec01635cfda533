import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Sampler } from '../src/main/decoding/index.ts';
import { findFreePort } from './bench/arms.ts';
import { ensurePeerS } from './bench/peers.ts';
import { startArm } from './bench/server-arm.ts';
import { createBigramScores, vocabularySize, writeBigramModel } from './sampler-fixtures/bigram-model.ts';
import { neutralServerFields, samplerCases, toSamplerSettings, type SamplerCase } from './sampler-fixtures/cases.ts';
import { encodePositions, summarise, type SamplerFixture } from './sampler-fixtures/fixture.ts';

/**
 * Asks llama-server for 200 positions of every sampler case and writes what the tests compare with:
 * `node scripts/record-sampler-fixtures.ts`. Compares every candidate itself and prints the greatest difference.
 * Takes a minute once the peer is built (scripts/bench/peers.ts).
 */
const root = path.resolve(import.meta.dirname, '..');
const peers = path.join(
  path.resolve(process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev')),
  'peers',
);
const target = path.join(root, 'test', 'fixtures', 'sampler', 'llama-server.json');
const seed = 4711;
const prompt = [300, 310, 320];
const positions = 200;
const recordedLogprobs = 10;

const logprobSchema = z.object({ id: z.number(), logprob: z.number() });
const probabilitySchema = z.object({ id: z.number(), prob: z.number() });
const answerSchema = z.object({
  completion_probabilities: z.array(probabilitySchema.extend({ top_probs: z.array(probabilitySchema) })),
});
const logprobAnswerSchema = z.object({
  completion_probabilities: z.array(logprobSchema.extend({ top_logprobs: z.array(logprobSchema) })),
});

const scoresAfter = createBigramScores();
const scratch = await mkdtemp(path.join(os.tmpdir(), 'impetus-sampler-'));
try {
  const model = writeBigramModel();
  const file = path.join(scratch, 'bigram.gguf');
  await writeFile(file, model);
  const peer = ensurePeerS({ root, folder: peers });
  const port = await findFreePort();
  const arm = await startArm({
    ...{ name: 'llama-server', command: peer.command, port },
    ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
    commandArguments: ['-m', file, '-c', '4096', '-np', '1', '-t', '1', '--host', '127.0.0.1', '--port', String(port)],
  });
  try {
    const fixture: SamplerFixture = {
      recordedWith: peer.description,
      modelSha256: createHash('sha256').update(model).digest('hex'),
      ...{ seed, prompt, cases: [] },
      logprobs: await recordLogprobs(arm.url),
    };
    for (const samplerCase of samplerCases) fixture.cases.push(await recordCase(arm.url, samplerCase));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, `${JSON.stringify(fixture)}\n`);
    console.log(`Wrote ${path.relative(root, target)}.`);
  } finally {
    await arm.stop();
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function recordCase(url: string, { name, fields }: SamplerCase): Promise<SamplerFixture['cases'][number]> {
  const body = { ...neutralServerFields, ...fields, n_probs: vocabularySize, post_sampling_probs: true };
  const { completion_probabilities: answer } = answerSchema.parse(await complete(url, body));
  const sampler = new Sampler(toSamplerSettings(fields, seed), { vocabularySize, history: prompt });
  let greatest = 0;
  let otherChoices = 0;
  let last = prompt.at(-1) ?? 0;
  for (const { id, top_probs } of answer) {
    const { token } = sampler.sample(scoresAfter(last));
    const ours = new Map(sampler.readProbabilities(Infinity).map((own) => [own.token, own.probability]));
    for (const theirs of top_probs) {
      greatest = Math.max(greatest, Math.abs(theirs.prob - (ours.get(theirs.id) ?? 0)));
      ours.delete(theirs.id);
    }
    for (const probability of ours.values()) greatest = Math.max(greatest, probability);
    if (token !== id) otherChoices++;
    sampler.accept(id);
    last = id;
  }
  const difference = `greatest difference ${greatest.toExponential(1)}, other choices ${otherChoices}`;
  console.log(`${name.padEnd(42)} ${answer.length} positions, ${difference}`);
  const recorded = answer.map(({ id, top_probs }) =>
    summarise(
      id,
      top_probs.map(({ id: token, prob: probability }) => ({ token, probability })),
    ),
  );
  return { name, fields, positions: encodePositions(recorded) };
}

async function recordLogprobs(url: string): Promise<SamplerFixture['logprobs']> {
  const body = { ...neutralServerFields, n_probs: recordedLogprobs };
  const { completion_probabilities: answer } = logprobAnswerSchema.parse(await complete(url, body));
  const round = (value: number): number => Math.round(value * 1e5) / 1e5;
  return answer.map(({ id, logprob, top_logprobs }) => ({
    token: id,
    logprob: round(logprob),
    top: top_logprobs.slice(0, 3).map((entry) => [entry.id, round(entry.logprob)]),
  }));
}

async function complete(url: string, fields: object): Promise<unknown> {
  const body = JSON.stringify({ ...fields, prompt, seed, n_predict: positions, cache_prompt: false });
  const response = await fetch(`${url}/completion`, { method: 'POST', body });
  if (!response.ok) throw new Error(`llama-server answered ${response.status}: ${await response.text()}`);
  return response.json();
}
