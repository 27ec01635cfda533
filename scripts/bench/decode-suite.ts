import { startImpetus, startPeer, type LoadShape } from './arms.ts';
import type { BenchContext, Suite } from './bench-context.ts';
import { complete } from './completion-client.ts';
import { throughputTarget } from './load-rows.ts';
import { runPaired, type Block, type PairedResult } from './paired-run.ts';
import type { Arm } from './server-arm.ts';
import { pairedRatio } from './statistics.ts';
import { makePrompt, saltOf } from './token-prompts.ts';

const promptLength = 16;
const tokensPerStream = 64;

/** Tokens a second with 1, 2, 4 and 8 streams, and processor time a token with one. */
export const decodeSuite: Suite = async (context) => {
  const threadCounts = context.isQuick ? [1] : [1, 2];
  for (const threads of threadCounts) {
    for (const slots of [4, 8]) {
      await measureShape(context, { threads, slots, contextSize: 1024 }, slots === 4 ? [1, 2, 4] : [8]);
    }
  }
};

async function measureShape(context: BenchContext, shape: LoadShape, streamCounts: number[]): Promise<void> {
  const impetus = await startImpetus(context, shape);
  try {
    // At its defaults P has four slots.
    const peers = context.isQuick || shape.slots > 4 ? context.peers : [...context.peers, context.peerAtDefaults];
    for (const peer of peers) {
      const arm = await startPeer(context, peer, shape);
      try {
        for (const streams of streamCounts) await measureStreams(context, { arms: [impetus, arm], streams, shape });
      } finally {
        await arm.stop();
      }
    }
    if (shape.slots === 4) await measureStreams(context, { arms: [impetus, impetus], streams: 1, shape });
  } finally {
    await impetus.stop();
  }
}

interface Measurement {
  arms: [Arm, Arm];
  streams: number;
  shape: LoadShape;
}

async function measureStreams(context: BenchContext, { arms, streams, shape }: Measurement): Promise<void> {
  const pairs = context.isQuick ? 4 : 12;
  const result = await runPaired(arms, pairs, (arm, round) =>
    runStreams(arm, streams, saltOf(arms[1].name) + round * 100),
  );
  const against = arms[0] === arms[1] ? 'A/A' : arms[1].name;
  context.keep(`decode ${streams} streams, ${shape.threads} threads, ${against}`, result);
  addRows(context, { result, streams, threads: shape.threads, against });
}

interface Measured {
  result: PairedResult;
  streams: number;
  threads: number;
  against: string;
}

function addRows(context: BenchContext, { result, streams, threads, against }: Measured): void {
  const row = {
    suite: 'Decode',
    against,
    threads, // P is another release with other kernels: its words may differ from ours.
    isVoid: !against.startsWith('P') && result.differs,
  };
  const isGate = (against === 'P' || against === 'S') && threads === 1;
  context.add({
    ...row,
    what: `CPU time a token, ${streams} stream${streams === 1 ? '' : 's'}`,
    figure: pairedRatio(result.cpu),
    ...(isGate && streams === 1 ? { target: { atMost: 1 } } : {}),
  });
  context.add({
    ...row,
    what: `tokens a second, ${streams} stream${streams === 1 ? '' : 's'}`,
    figure: pairedRatio(result.wall.map(([first, second]) => [second, first])),
    ...(isGate ? throughputTarget(streams, against) : {}),
  });
}

async function runStreams(arm: Arm, streams: number, seed: number): Promise<Block> {
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: streams }, (_, stream) =>
      complete({
        url: arm.url,
        tokens: makePrompt(promptLength, seed + stream),
        maxTokens: tokensPerStream,
      }),
    ),
  );
  return {
    wallMs: performance.now() - startedAt,
    cpuMs: 0,
    units: answers.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
    // Neighbours change the rounding of a batch, so only a lone stream is held to the same words.
    text: streams === 1 ? answers.map(({ text }) => text).join('') : '',
  };
}
