import path from 'node:path';
import type { BenchContext, Suite } from './bench-context.ts';
import { runCacheRound, runDiskRound } from './cache-round.ts';
import { toCacheRows, type MeasuredRound } from './cache-rows.ts';
import { runInPairs } from './paired-run.ts';
import type { Peer } from './peers.ts';
import { RestartableArm } from './restartable-arm.ts';
import { readStateBytesPerToken } from './state-size.ts';
import { saltOf } from './token-prompts.ts';

interface Place {
  model: string;
  depth: number;
  pairs: number;
}

/** One slot, so that whatever else is asked takes the conversation's place. */
const shapeOf = (depth: number) => ({ threads: 1, slots: 1, contextSize: depth + 512 });

/** Coming back to a conversation: when it is warm, after others, after unloading, a new start and a kill. */
export const cacheSuite: Suite = async (context) => {
  const { model, longContextModel, isQuick } = context;
  const places: Place[] = isQuick
    ? [
        { model: longContextModel, depth: 4096, pairs: 3 },
        { model: longContextModel, depth: 8192, pairs: 3 },
        { model, depth: 1024, pairs: 2 },
      ]
    : [
        { model: longContextModel, depth: 4096, pairs: 6 },
        { model: longContextModel, depth: 8192, pairs: 6 },
        { model: longContextModel, depth: 16_384, pairs: 6 },
        { model, depth: 1536, pairs: 6 },
      ];
  const peer = requirePeerS(context.peers);
  for (const place of places) await measurePlace({ ...context, model: place.model }, place, peer);
};

/** The peer with Impetus' own libraries. */
function requirePeerS(peers: readonly Peer[]): Peer {
  const peer = peers.find(({ name }) => name === 'S');
  if (!peer) throw new Error('This suite needs the peer S.');
  return peer;
}

async function measurePlace(context: BenchContext, { model, depth, pairs }: Place, peer: Peer): Promise<void> {
  const shape = shapeOf(depth);
  const impetus = await RestartableArm.startImpetus(context, shape);
  try {
    const other = await RestartableArm.startPeer(context, { peer, shape });
    const rounds = await runInPairs<RestartableArm, MeasuredRound>([impetus, other], pairs, async (arm, round) => {
      const seed = saltOf(peer.name) + 100 * round + depth;
      const common = await runCacheRound(arm, depth, seed);
      return { common, disk: arm === impetus ? await runDiskRound(arm, depth, seed) : undefined };
    }).finally(() => other.stop());
    context.keep(`cache ${path.basename(model)} ${depth}`, rounds);
    const stateBytes = depth * (await readStateBytesPerToken(model));
    for (const row of toCacheRows({ rounds, place: `${depth} tokens`, stateBytes })) {
      context.add({ ...row, suite: `Come back, ${path.basename(model)}` });
    }
  } finally {
    await impetus.stop();
  }
}
