import path from 'node:path';
import { runAgentDay } from './agent-day.ts';
import { toAgentRows, toFirstTokenRow, type Days } from './agent-rows.ts';
import type { TraceShape } from './agent-trace.ts';
import { attempt, type BenchContext, type Suite } from './bench-context.ts';
import { runInPairs } from './paired-run.ts';
import type { Peer } from './peers.ts';
import { RestartableArm } from './restartable-arm.ts';
import { saltOf } from './token-prompts.ts';

interface Agency {
  model: string;
  shape: TraceShape;
  /** Room for the last turn of the longest trace. */
  contextSize: number;
  peers: readonly Peer[];
  days: number;
}

const quickShape: TraceShape = {
  ...{ turns: 20, system: 600, block: 32, answer: 12, side: 64 },
  subAgent: { system: 250, turns: 4 },
};
const fullShape: TraceShape = {
  ...{ turns: 20, system: 1500, block: 80, answer: 32, side: 120 },
  subAgent: { system: 700, turns: 5 },
};
/** As coding agents were measured: 8k tokens before the first word, 22k at the end of the conversation. */
const realShape: TraceShape = {
  ...{ turns: 20, system: 8000, block: 600, answer: 100, side: 400 },
  subAgent: { system: 3000, turns: 6 },
};
/** Compiles and warms everything on both arms before what counts. */
const warmUpShape: TraceShape = {
  ...{ turns: 2, system: 64, block: 16, answer: 4, side: 16 },
  subAgent: { system: 32, turns: 1 },
};
/** A trace long enough for its sub-agent. */
const controlTurns = 6;
const slots = 4;

/** Agents at work for a day: turns that grow, side requests, sub-agents, a restart. */
export const agentSuite: Suite = async (context) => {
  for (const agency of listAgencies(context)) {
    const own = { ...context, model: agency.model };
    const suite = `Agent day, ${path.basename(agency.model)}`;
    await attempt(context, { suite, what: 'the rest', against: '' }, () => measureAgency(own, suite, agency));
  }
};

function listAgencies({ model, longContextModel, isQuick, peers, peerAtDefaults }: BenchContext): Agency[] {
  const many = { model: longContextModel, shape: realShape, contextSize: 24_576 };
  if (isQuick) {
    const few = peers.filter(({ name }) => name === 'P');
    return [
      { model, shape: quickShape, contextSize: 2048, peers: few, days: 1 },
      { ...many, peers, days: 1 },
    ];
  }
  return [
    { model, shape: fullShape, contextSize: 4608, peers, days: 2 },
    { ...many, peers: [...peers, peerAtDefaults], days: 4 },
  ];
}

async function measureAgency(context: BenchContext, suite: string, agency: Agency): Promise<void> {
  const shape = { threads: 1, slots, contextSize: agency.contextSize };
  const impetus = await RestartableArm.startImpetus(context, shape);
  try {
    for (const peer of agency.peers) {
      await attempt(context, { suite, what: 'agent day', against: peer.name }, async () => {
        const other = await RestartableArm.startPeer(context, { peer, shape });
        const days = await runDays(context, [impetus, other], agency).finally(() => other.stop());
        for (const row of toAgentRows(days, peer.name)) context.add({ ...row, suite });
      });
    }
    const control = { ...agency, days: 1, shape: { ...agency.shape, turns: controlTurns } };
    context.add({ ...toFirstTokenRow(await runDays(context, [impetus, impetus], control), 'A/A', 0.5), suite });
  } finally {
    await impetus.stop();
  }
}

async function runDays(
  context: BenchContext,
  arms: [RestartableArm, RestartableArm],
  { days: pairs, shape, model }: Agency,
): Promise<Days> {
  const isControl = arms[0] === arms[1];
  let turn = 0;
  const days = await runInPairs(arms, pairs, (arm, round) => {
    // A server measured against itself must not know the day from the other half of the pair.
    const salt = saltOf(isControl ? `A/A ${turn++}` : arms[1].name);
    return runAgentDay(arm, round < 0 ? warmUpShape : shape, salt + round * 10_000);
  });
  context.keep(`agent ${path.basename(model)} ${isControl ? 'A/A' : arms[1].name}`, days);
  return days;
}
