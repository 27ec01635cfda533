import path from 'node:path';
import { attempt, type BenchContext, type Suite } from './bench-context.ts';
import type { ContinuationFate } from './continuation.ts';
import { damageSnapshots, type DamageResult, type DamageShape } from './damaged-snapshots.ts';
import { medianFigure } from './report.ts';
import { killStreams, type KilledStream } from './stream-kills.ts';

interface Place {
  model: string;
  kills: number;
  damage: DamageShape;
}

const suite = 'Faults';

/** What becomes of answers whose engine dies, and of conversations whose kept state is damaged. */
export const faultsSuite: Suite = async (context) => {
  for (const { model, kills, damage } of listPlaces(context)) {
    const own = { ...context, model };
    const name = path.basename(model);
    await attempt(context, { suite, what: `streams with a SIGKILL, ${name}`, against: '' }, async () => {
      const streams = await killStreams(own, kills, 11);
      context.keep(`kills ${name}`, streams);
      addKillRows(context, streams, name);
    });
    await attempt(context, { suite, what: `damaged snapshots, ${name}`, against: '' }, async () => {
      const result = await damageSnapshots(own, damage, 13);
      context.keep(`damage ${name}`, result);
      addDamageRows(context, result, name);
    });
  }
};

function listPlaces({ model, longContextModel, isQuick }: BenchContext): Place[] {
  if (isQuick) {
    return [
      { model: longContextModel, kills: 8, damage: { rounds: 1, conversations: 20 } },
      { model, kills: 2, damage: { rounds: 1, conversations: 4 } },
    ];
  }
  return [
    { model: longContextModel, kills: 200, damage: { rounds: 7, conversations: 50 } },
    { model, kills: 40, damage: { rounds: 1, conversations: 20 } },
  ];
}

const row = { suite, against: '', threads: 1 };

function addKillRows(context: BenchContext, streams: readonly KilledStream[], model: string): void {
  const what = `${streams.length} streams with a SIGKILL at a random token, ${model}`;
  addFateRows(context, streams, what);
  const gaps = streams.map(({ gapMs }) => gapMs);
  context.add({ ...row, what: `longest silence of a killed stream, ${model}`, figure: medianFigure(gaps, 'ms') });
}

function addDamageRows(context: BenchContext, { damaged, sparedByWhole, answers }: DamageResult, model: string): void {
  const files = Object.values(damaged).reduce((sum, count) => sum + count, 0);
  addFateRows(context, answers, `answers over ${files} damaged or stale snapshots, ${model}`);
  const reused = answers.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  context.add({
    ...{ ...row, what: `tokens that whole files spare a conversation after a restart, ${model}` },
    figure: { value: sparedByWhole, unit: 'tokens' },
    target: { atLeast: 1 },
  });
  context.add({
    ...{ ...row, what: `tokens taken from damaged snapshots, ${model}` },
    figure: { value: reused, unit: 'tokens', note: `${Object.keys(damaged).length} kinds of damage` },
    target: { atMost: 0 },
  });
}

function addFateRows(context: BenchContext, outcomes: readonly { fate: ContinuationFate }[], what: string): void {
  const count = (fate: ContinuationFate): number => outcomes.filter((outcome) => outcome.fate === fate).length;
  const figure = (fate: ContinuationFate): { value: number; unit: string; note: string } => ({
    ...{ value: count(fate), unit: 'answers', note: `of ${outcomes.length}` },
  });
  context.add({ ...row, what: `${what}: identical`, figure: figure('identical') });
  context.add({ ...row, what: `${what}: different where tokens tie`, figure: figure('different') });
  context.add({ ...row, what: `${what}: lost`, figure: figure('lost'), target: { atMost: 0 } });
  context.add({ ...row, what: `${what}: wrong-token`, figure: figure('wrong-token'), target: { atMost: 0 } });
}
