import { startImpetus, startPeer, type LoadShape } from './arms.ts';
import type { BenchContext, Suite } from './bench-context.ts';
import { complete } from './completion-client.ts';
import { runPaired, type Block, type PairedResult } from './paired-run.ts';
import type { Arm } from './server-arm.ts';
import { median, pairedRatio } from './statistics.ts';
import { makePrompt, saltOf } from './token-prompts.ts';

const shapeOf = (threads: number): LoadShape => ({ threads, slots: 4, contextSize: 2048 });

/** Reading a prompt of 512 tokens. */
export const prefillSuite: Suite = (context) =>
  onEachPeer(context, async (arms, threads) => {
    const result = await runPaired(arms, context.isQuick ? 3 : 12, (arm, round) =>
      prefill(arm, saltOf(arms[1].name) + round),
    );
    const against = arms[1].name;
    context.keep(`prefill 512, ${threads} threads, ${against}`, result);
    const row = { suite: 'Prefill', against, threads };
    context.add({ ...row, what: 'CPU time a token, 512 tokens', figure: pairedRatio(result.cpu) });
    context.add({ ...row, what: 'time a token, 512 tokens', figure: pairedRatio(result.wall), target: { atMost: 1 } });
  });

/** Time to the first token: a short new prompt, and a long one of which only the end is new. */
export const ttftSuite: Suite = (context) =>
  onEachPeer(context, async (arms, threads) => {
    const pairs = context.isQuick ? 8 : 24;
    const cold = await runPaired(arms, pairs, (arm, round) => coldStart(arm, saltOf(arms[1].name) + round));
    const warm = await runPaired(arms, pairs, (arm, round) => warmPrefix(arm, saltOf(arms[1].name) + round));
    addTtftRows(context, { cold, warm, against: arms[1].name, threads });
  });

interface TtftResult {
  cold: PairedResult;
  warm: PairedResult;
  against: string;
  threads: number;
}

function addTtftRows(context: BenchContext, { cold, warm, against, threads }: TtftResult): void {
  context.keep(`ttft, ${threads} threads, ${against}`, { cold, warm });
  const row = { suite: 'Time to first token', against, threads };
  const gates = against === 'P' && threads === 1;
  const added = median(cold.wall.map(([first, second]) => first - second));
  context.add({
    ...row,
    what: 'cold, 37 tokens: added',
    figure: { value: added, unit: 'ms', note: `${median(cold.wall.map(([first]) => first)).toFixed(1)} ms in all` },
    ...(gates ? { target: { atMost: 5, atLeast: Number.NEGATIVE_INFINITY } } : {}),
  });
  context.add({
    ...row,
    what: 'warm prefix, 512 tokens of which 8 are new',
    figure: pairedRatio(warm.wall),
    ...(gates ? { target: { atMost: 1.05 } } : {}),
  });
}

async function onEachPeer(
  context: BenchContext,
  measure: (arms: [Arm, Arm], threads: number) => Promise<void>,
): Promise<void> {
  for (const threads of context.isQuick ? [1] : [1, 2]) {
    const impetus = await startImpetus(context, shapeOf(threads));
    try {
      for (const peer of context.peers) {
        const arm = await startPeer(context, peer, shapeOf(threads));
        await measure([impetus, arm], threads).finally(() => arm.stop());
      }
    } finally {
      await impetus.stop();
    }
  }
}

async function prefill(arm: Arm, round: number): Promise<Block> {
  const { totalMs, promptTokens } = await complete({
    url: arm.url,
    tokens: makePrompt(512, 50_000 + round),
    maxTokens: 1,
  });
  return { wallMs: totalMs, cpuMs: 0, units: promptTokens };
}

/** One token is asked for, so the end of the answer is the time to the first token. */
async function coldStart(arm: Arm, round: number): Promise<Block> {
  const tokens = makePrompt(37, 60_000 + round);
  const { totalMs } = await complete({ url: arm.url, tokens, maxTokens: 1 });
  return { wallMs: totalMs, cpuMs: 0, units: 1 };
}

async function warmPrefix(arm: Arm, round: number): Promise<Block> {
  const tokens = [...makePrompt(504, 70_000), ...makePrompt(8, 71_000 + round)];
  const { totalMs } = await complete({ url: arm.url, tokens, maxTokens: 1 });
  return { wallMs: totalMs, cpuMs: 0, units: 1 };
}
