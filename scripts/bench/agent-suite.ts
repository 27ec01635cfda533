import { runAgentDay } from './agent-day.ts';
import { toAgentRows, toFirstTokenRow, type Days } from './agent-rows.ts';
import type { TraceShape } from './agent-trace.ts';
import type { BenchContext, Suite } from './bench-context.ts';
import { runInPairs } from './paired-run.ts';
import { RestartableArm } from './restartable-arm.ts';
import { saltOf } from './token-prompts.ts';

const quickShape: TraceShape = {
  ...{ turns: 20, system: 600, block: 32, answer: 12, side: 64 },
  subAgent: { system: 250, turns: 4 },
};
const fullShape: TraceShape = {
  ...{ turns: 20, system: 1500, block: 80, answer: 32, side: 120 },
  subAgent: { system: 700, turns: 5 },
};
/** Compiles and warms everything on both arms before what counts. */
const warmUpShape: TraceShape = {
  ...{ turns: 2, system: 64, block: 16, answer: 4, side: 16 },
  subAgent: { system: 32, turns: 1 },
};
/** A trace long enough for its sub-agent. */
const controlTurns = 6;
/** Room for the last turn of the largest trace. */
const contextSizes = { quick: 2048, full: 4608 };
const slots = 4;

/** Agents at work for a day: turns that grow, side requests, sub-agents, a restart. */
export const agentSuite: Suite = async (context) => {
  const { isQuick, peers } = context;
  const contextSize = isQuick ? contextSizes.quick : contextSizes.full;
  const shape = { threads: 1, slots, contextSize };
  const impetus = await RestartableArm.startImpetus(context, shape);
  try {
    for (const peer of peers) {
      const other = await RestartableArm.startPeer(context, { peer, shape });
      const days = await runDays(context, [impetus, other], isQuick ? 1 : 2).finally(() => other.stop());
      for (const row of toAgentRows(days, peer.name)) context.add(row);
    }
    context.add(toFirstTokenRow(await runDays(context, [impetus, impetus], 1), 'A/A', 0.5));
  } finally {
    await impetus.stop();
  }
};

async function runDays(context: BenchContext, arms: [RestartableArm, RestartableArm], pairs: number): Promise<Days> {
  const isControl = arms[0] === arms[1];
  const full = context.isQuick ? quickShape : fullShape;
  const shape = isControl ? { ...full, turns: controlTurns } : full;
  let turn = 0;
  const days = await runInPairs(arms, pairs, (arm, round) => {
    // A server measured against itself must not know the day from the other half of the pair.
    const salt = saltOf(isControl ? `A/A ${turn++}` : arms[1].name);
    return runAgentDay(arm, round < 0 ? warmUpShape : shape, salt + round * 10_000);
  });
  context.keep(`agent ${isControl ? 'A/A' : arms[1].name}`, days);
  return days;
}
