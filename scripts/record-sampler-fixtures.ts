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
import { smolCases, smolPrompt, smolTokens, type SmolFixture } from './sampler-fixtures/smol-cases.ts';

/**
 * Asks llama-server for 200 positions of every sampler case, and for some answers of SmolLM2, and writes what the tests
 * compare with: `node scripts/record-sampler-fixtures.ts`. Compares every candidate itself and prints the greatest difference.
 * Takes a minute once the peer is built (scripts/bench/peers.ts).
 */
const root = path.resolve(import.meta.dirname, '..');
const cache = path.resolve(process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev'));
const folder = path.join(root, 'test', 'fixtures', 'sampler');
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

const tokenizedSchema = z.object({ tokens: z.array(z.number()) });
const tokensSchema = z.object({ tokens: z.array(z.number()), stop_type: z.string() });

const peer = ensurePeerS({ root, folder: path.join(cache, 'peers') });
const scoresAfter = createBigramScores();
const scratch = await mkdtemp(path.join(os.tmpdir(), 'impetus-sampler-'));
try {
  const model = writeBigramModel();
  const file = path.join(scratch, 'bigram.gguf');
  await writeFile(file, model);
  const modelSha256 = createHash('sha256').update(model).digest('hex');
  await withServer(file, async (url) => write('llama-server.json', await recordBigram(url, modelSha256)));
  const smolModel = path.join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
  await withServer(smolModel, async (url) => write('smollm2.json', await recordSmol(url)));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function withServer(model: string, record: (url: string) => Promise<void>): Promise<void> {
  const port = await findFreePort();
  const flags = ['-c', '4096', '-np', '1', '-t', '1', '-tb', '1', '--host', '127.0.0.1', '--port', String(port)];
  const arm = await startArm({
    ...{ name: 'llama-server', command: peer.command, port },
    ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
    commandArguments: ['-m', model, ...flags],
  });
  try {
    await record(arm.url);
  } finally {
    await arm.stop();
  }
}

async function write(name: string, fixture: SamplerFixture | SmolFixture): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), `${JSON.stringify(fixture)}\n`);
  console.log(`Wrote ${path.join(path.relative(root, folder), name)}.`);
}

async function recordBigram(url: string, modelSha256: string): Promise<SamplerFixture> {
  const logprobs = await recordLogprobs(url);
  const cases: SamplerFixture['cases'] = [];
  for (const samplerCase of samplerCases) cases.push(await recordCase(url, samplerCase));
  return { recordedWith: peer.description, modelSha256, seed, prompt, cases, logprobs };
}

async function recordSmol(url: string): Promise<SmolFixture> {
  const { tokens: smolTokenIds } = tokenizedSchema.parse(await post(url, '/tokenize', { content: smolPrompt }));
  const cases: SmolFixture['cases'] = [];
  for (const smolCase of smolCases) {
    const fields = { ...neutralServerFields, ...smolCase.fields, seed: smolCase.seed, prompt: smolTokenIds };
    const body = { ...fields, n_predict: smolTokens, return_tokens: true, cache_prompt: false };
    const { tokens, stop_type } = tokensSchema.parse(await post(url, '/completion', body));
    const hasEnded = stop_type === 'eos';
    cases.push({ ...smolCase, tokens: hasEnded ? tokens.slice(0, -1) : tokens, hasEnded });
    console.log(`${smolCase.name.padEnd(42)} ${tokens.length} tokens`);
  }
  return { recordedWith: peer.description, prompt: smolTokenIds, cases };
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
  return post(url, '/completion', { ...fields, prompt, seed, n_predict: positions, cache_prompt: false });
}

async function post(url: string, route: string, body: object): Promise<unknown> {
  const response = await fetch(`${url}${route}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`llama-server answered ${response.status}: ${await response.text()}`);
  return response.json();
}
