import path from 'node:path';
import { startImpetus, startPeer } from './arms.ts';
import { attempt, type BenchContext, type Suite } from './bench-context.ts';
import { complete } from './completion-client.ts';
import { runFragmented, type FragmentShape } from './fragmented-round.ts';
import { runCrowd, type CrowdShape } from './load-round.ts';
import { toCrowdRows, toFragmentRows, toThroughputRows } from './load-rows.ts';
import { runInPairs, runPaired, type Block } from './paired-run.ts';
import type { Arm } from './server-arm.ts';
import { makePrompt, saltOf } from './token-prompts.ts';

interface Throughput {
  model: string;
  /** Tokens before the answer; all but the last are there already. */
  depth: number;
  slots: number;
  streams: readonly number[];
}

interface Crowd {
  model: string;
  shape: CrowdShape;
  slots: number;
  pairs: number;
}

const leastPrompt = 16;

/** Many streams, short and deep; and a short request and a running stream while a long prompt is read. */
export const loadSuite: Suite = async (context) => {
  for (const load of listThroughputs(context)) {
    const own = { ...context, model: load.model };
    await attemptHere(own, `depth ${load.depth}`, () => measureThroughput(own, load));
  }
  for (const crowd of listCrowds(context)) {
    const own = { ...context, model: crowd.model };
    await attemptHere(own, `while ${crowd.shape.longPrompt} tokens are read`, () => measureCrowd(own, crowd));
  }
  await attemptHere(context, 'every second slot empty', () => measureFragments(context));
};

function attemptHere(context: BenchContext, what: string, work: () => Promise<void>): Promise<void> {
  return attempt(context, { suite: toTitle(context), what, against: '' }, work);
}

function listThroughputs({ model, longContextModel, isQuick }: BenchContext): Throughput[] {
  const few = { slots: 4, streams: [1, 4] };
  const many = { slots: 8, streams: [8] };
  return [
    { ...few, model, depth: 0 },
    { ...many, model, depth: 0 },
    { ...few, model: longContextModel, depth: 4096 },
    { ...many, model: longContextModel, depth: 4096 },
    ...(isQuick ? [] : [{ ...few, model, depth: 4096 }]),
  ];
}

function listCrowds({ model, longContextModel, isQuick }: BenchContext): Crowd[] {
  const whileReading = (longPrompt: number): Pick<Crowd, 'shape' | 'slots'> => ({
    ...{ slots: 4, shape: { busyStreams: 1, longPrompt, contextSize: longPrompt + 512 } },
  });
  const busy = { slots: 8, shape: { busyStreams: 4, longPrompt: 0, contextSize: 1024 } };
  if (isQuick) {
    return [
      { ...whileReading(8192), model: longContextModel, pairs: 2 },
      { ...whileReading(1024), model, pairs: 2 },
      { ...busy, model, pairs: 4 },
    ];
  }
  return [
    { ...whileReading(8192), model: longContextModel, pairs: 12 },
    { ...whileReading(16_384), model: longContextModel, pairs: 12 },
    { ...whileReading(2048), model, pairs: 12 },
    { ...busy, model, pairs: 12 },
  ];
}

async function measureThroughput(context: BenchContext, { depth, slots, streams }: Throughput): Promise<void> {
  const shape = { threads: 1, slots, contextSize: depth + 512 };
  const tokens = context.isQuick ? 32 : 64;
  const pairs = context.isQuick ? 3 : 12;
  const measure = async (arms: [Arm, Arm], count: number): Promise<void> => {
    const against = arms[0] === arms[1] ? 'A/A' : arms[1].name;
    const salt = saltOf(against) + count;
    const result = await runPaired(arms, pairs, (arm, round) => runStreams(arm, { count, depth, tokens, salt, round }));
    context.keep(`load ${nameOf(context)} depth ${depth}, ${count} streams, ${against}`, result);
    // Random weights choose between near equals: there the slightest rounding gives other words.
    const differs = result.differs && context.model !== context.longContextModel;
    const measured = { result: { ...result, differs }, depth, streams: count, against };
    for (const row of toThroughputRows(measured)) add(context, row);
  };
  const impetus = await startImpetus(context, shape);
  try {
    // At its defaults P has four slots.
    const peers = context.isQuick || slots > 4 ? context.peers : [...context.peers, context.peerAtDefaults];
    for (const peer of peers) {
      const arm = await startPeer(context, peer, shape);
      try {
        for (const count of streams) await measure([impetus, arm], count);
      } finally {
        await arm.stop();
      }
    }
    if (slots === 4) await measure([impetus, impetus], 4);
  } finally {
    await impetus.stop();
  }
}

interface Streams {
  count: number;
  depth: number;
  tokens: number;
  salt: number;
  round: number;
}

/** Deep prompts are the same in each round but for their end, so that only the first round reads them. */
async function runStreams({ url }: Arm, { count, depth, tokens, salt, round }: Streams): Promise<Block> {
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: count }, (_, stream) => {
      const prompt = [...makePrompt(depth, salt + stream * 7), ...makePrompt(leastPrompt, salt + round * 100 + stream)];
      return complete({ url, tokens: prompt, maxTokens: tokens });
    }),
  );
  const units = answers.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
  // Neighbours change the rounding of a batch, so only a lone stream is held to the same words.
  return { wallMs: performance.now() - startedAt, cpuMs: 0, units, text: count === 1 ? (answers[0]?.text ?? '') : '' };
}

/** A quick run meets S alone: it has Impetus' own libraries. */
async function measureCrowd(context: BenchContext, { shape, slots, pairs }: Crowd): Promise<void> {
  const load = { threads: 1, slots, contextSize: shape.contextSize };
  const impetus = await startImpetus(context, load);
  try {
    for (const peer of context.peers.filter(({ name }) => !context.isQuick || name === 'S')) {
      const arm = await startPeer(context, peer, load);
      const rounds = await runInPairs<Arm, Awaited<ReturnType<typeof runCrowd>>>([impetus, arm], pairs, (one, round) =>
        runCrowd(one, shape, saltOf(peer.name) + round * 100),
      ).finally(() => arm.stop());
      context.keep(`crowd ${nameOf(context)} ${JSON.stringify(shape)}, ${peer.name}`, rounds);
      for (const row of toCrowdRows({ rounds, shape, against: peer.name })) add(context, row);
    }
  } finally {
    await impetus.stop();
  }
}

const fragments = { streams: 4, leaving: 4, contextSize: 512 };

/** Four streams whose four neighbours have left; beside that, four that never had any. */
async function measureFragments(context: BenchContext): Promise<void> {
  const { contextSize } = fragments;
  const pairs = context.isQuick ? 3 : 12;
  const impetus = await startImpetus(context, { threads: 1, slots: 8, contextSize });
  try {
    for (const peer of context.peers) {
      const arm = await startPeer(context, peer, { threads: 1, slots: 8, contextSize });
      const result = await runInPairs<Arm, Block>([impetus, arm], pairs, (one, round) =>
        runFragmented(one, fragments, saltOf(peer.name) + 500_000 + round * 100),
      ).finally(() => arm.stop());
      context.keep(`fragments, ${peer.name}`, result);
      for (const row of toFragmentRows(result, peer.name)) add(context, row);
    }
    const compact: FragmentShape = { ...fragments, leaving: 0 };
    const result = await runInPairs<FragmentShape, Block>([fragments, compact], pairs, (shape, round) =>
      runFragmented(impetus, shape, 700_000 + round * 100),
    );
    for (const row of toFragmentRows(result, '')) add(context, row);
  } finally {
    await impetus.stop();
  }
}

function toTitle(context: BenchContext): string {
  return `Load, ${nameOf(context)}`;
}

function add(context: BenchContext, row: ReturnType<typeof toCrowdRows>[number]): void {
  context.add({ ...row, suite: toTitle(context) });
}

function nameOf({ model }: BenchContext): string {
  return path.basename(model);
}
