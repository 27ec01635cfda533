import path from 'node:path';
import { attempt, type BenchContext, type Suite } from './bench-context.ts';
import { runCacheRound, runDiskRound } from './cache-round.ts';
import { toCacheRows, type MeasuredRound } from './cache-rows.ts';
import { runInPairs } from './paired-run.ts';
import type { Peer } from './peers.ts';
import { RestartableArm } from './restartable-arm.ts';
import { readStateBytesPerToken } from './state-size.ts';
import { saltOf } from './token-prompts.ts';

interface Place {
  model: string;
  /** Takes its place for a while. */
  otherModel: string;
  depth: number;
  pairs: number;
}

/** One slot, so that whatever else is asked takes the conversation's place. */
const shapeOf = (depth: number) => ({ threads: 1, slots: 1, contextSize: depth + 512 });

/** Coming back to a conversation: when it is warm, after others, after unloading, a new start and a kill. */
export const cacheSuite: Suite = async (context) => {
  const { model, longContextModel, isQuick } = context;
  const deep = { model: longContextModel, otherModel: model };
  const real = { model, otherModel: longContextModel };
  const places: Place[] = isQuick
    ? [
        { ...deep, depth: 4096, pairs: 3 },
        { ...deep, depth: 16_384, pairs: 2 },
        { ...real, depth: 1024, pairs: 2 },
      ]
    : [
        { ...deep, depth: 4096, pairs: 12 },
        { ...deep, depth: 8192, pairs: 12 },
        { ...deep, depth: 16_384, pairs: 12 },
        { ...real, depth: 2048, pairs: 12 },
      ];
  const peer = requirePeerS(context.peers);
  for (const place of places) {
    const own = { ...context, model: place.model };
    const suite = suiteOf(place.model);
    const what = `${place.depth} tokens`;
    await attempt(context, { suite, what, against: peer.name }, () => measurePlace(own, place, peer));
  }
};

function suiteOf(model: string): string {
  return `Come back, ${path.basename(model)}`;
}

/** The peer with Impetus' own libraries. */
function requirePeerS(peers: readonly Peer[]): Peer {
  const peer = peers.find(({ name }) => name === 'S');
  if (!peer) throw new Error('This suite needs the peer S.');
  return peer;
}

async function measurePlace(context: BenchContext, place: Place, peer: Peer): Promise<void> {
  const { model, depth, pairs } = place;
  const shape = shapeOf(depth);
  const impetus = await RestartableArm.startImpetus(context, shape);
  try {
    const other = await RestartableArm.startPeer(context, { peer, shape });
    const rounds = await runInPairs<RestartableArm, MeasuredRound>([impetus, other], pairs, async (arm, round) => {
      const seed = saltOf(peer.name) + 100 * round + depth;
      const common = await runCacheRound(arm, place, seed);
      return { common, disk: arm === impetus ? await runDiskRound(arm, depth, seed) : undefined };
    }).finally(() => other.stop());
    context.keep(`cache ${path.basename(model)} ${depth}`, rounds);
    const stateBytes = depth * (await readStateBytesPerToken(model));
    for (const row of toCacheRows({ rounds, place: `${depth} tokens`, stateBytes })) {
      context.add({ ...row, suite: suiteOf(model) });
    }
  } finally {
    await impetus.stop();
  }
}
