import { startImpetus, startPeer } from './arms.ts';
import { attempt, type BenchContext, type Suite } from './bench-context.ts';
import { toSchemaRows, toToolRows } from './honesty-rows.ts';
import { runPaired } from './paired-run.ts';
import type { Row } from './report.ts';
import { runSchemas } from './schema-honesty.ts';
import { readSuiteSchemas, type SuiteSchema } from './schema-judges.ts';
import type { Arm } from './server-arm.ts';
import { pairedRatio } from './statistics.ts';
import { makeToolCases, type ToolCase } from './tool-cases.ts';
import { runToolCases } from './tool-honesty.ts';
import { runStrictBlock, strictTokens, strictWorks, type StrictWork } from './tool-speed.ts';

const shape = { threads: 1, slots: 4, contextSize: 2048 };
const seeds = [1, 2, 3];
/** A quick run takes every so manieth schema, and so many tool cases. */
const quickStride = 24;
const toolCases = { quick: 40, full: 300 };
const suite = 'Honesty';

/** Does an answer keep what was asked for: schemas and tool calls, and what that costs beside llama-server. */
export const honestySuite: Suite = async (context) => {
  const { isQuick, peers, root } = context;
  const schemas = readSuiteSchemas(root, 'draft2020-12').filter((_, index) => !isQuick || index % quickStride === 0);
  const cases = makeToolCases(isQuick ? toolCases.quick : toolCases.full, 1);
  const impetus = await startImpetus(context, shape);
  try {
    await measureHonesty(context, impetus, { schemas, cases });
    for (const peer of peers) {
      await attempt(context, { suite, what: 'honesty', against: peer.name }, async () => {
        const arm = await startPeer(context, peer, shape);
        try {
          for (const work of strictWorks) await measureSpeed(context, [impetus, arm], work);
          if (peer.name === 'P') await measureHonesty(context, arm, { schemas, cases });
        } finally {
          await arm.stop();
        }
      });
    }
    for (const work of strictWorks) await measureSpeed(context, [impetus, impetus], work);
  } finally {
    await impetus.stop();
  }
};

interface Work {
  schemas: readonly SuiteSchema[];
  cases: readonly ToolCase[];
}

async function measureHonesty(context: BenchContext, { name, url }: Arm, { schemas, cases }: Work): Promise<void> {
  const { root } = context;
  const outcomes = await runSchemas({ root, url }, schemas, seeds);
  const tools = await runToolCases(url, cases);
  context.keep(
    `schemas, ${name}`,
    outcomes.filter(({ fate }) => fate !== 'enforced'),
  );
  context.keep(
    `tool cases, ${name}`,
    tools.filter(({ fault }) => fault !== undefined),
  );
  for (const row of [...toSchemaRows(outcomes, name, seeds.length), ...toToolRows(tools, name)]) context.add(row);
}

async function measureSpeed(context: BenchContext, arms: [Arm, Arm], work: StrictWork): Promise<void> {
  const against = arms[0] === arms[1] ? 'A/A' : arms[1].name;
  await attempt(context, { suite, what: work.name, against }, async () => {
    let turn = 0;
    let cuts = 0;
    const result = await runPaired(arms, context.isQuick ? 4 : 12, (arm, round) =>
      // A server measured against itself must not know the request from the other half of the pair.
      runStrictBlock(arm, { work, round: against === 'A/A' ? 1000 + turn++ : round + 1, onCut: () => cuts++ }),
    );
    context.keep(`${work.name}, ${against}`, result);
    const row: Omit<Row, 'what' | 'figure'> = { suite, against, threads: 1 };
    const target = against === 'A/A' ? {} : { target: { atLeast: 1.5 } };
    const speed = pairedRatio(result.wall.map(([own, other]) => [other, own]));
    const cut = cuts === 0 ? '' : `; ${against} did not end ${cuts} of its answers within ${strictTokens} tokens`;
    const what = { speed: `${work.name}${cut}`, cpu: `CPU time: ${work.name.replace(' a second', '')}` };
    context.add({ ...row, ...target, what: what.speed, figure: speed });
    context.add({ ...row, what: what.cpu, figure: pairedRatio(result.cpu) });
  });
}
