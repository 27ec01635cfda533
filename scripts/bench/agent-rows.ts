import type { MeasuredDay } from './agent-day.ts';
import { medianFigure, type Row } from './report.ts';
import { median, pairedRatio, quantile, quantileRatio } from './statistics.ts';

/** The same days on Impetus and on a peer. */
export type Days = [MeasuredDay, MeasuredDay][];

const row = { threads: 1 };

type AgentRow = Omit<Row, 'suite'>;

/** Against one peer: ratios first, then what Impetus computed and how long it took. */
export function toAgentRows(days: Days, against: string): AgentRow[] {
  const traces = days.flatMap(([own, other]) =>
    own.traces.flatMap((trace, index) => {
      const same = other.traces[index];
      return same ? [[trace, same] as const] : [];
    }),
  );
  return [
    {
      ...{ ...row, against, what: 'wall time of a trace', target: { atMost: 0.8 } },
      figure: pairedRatio(traces.map(([own, other]) => [own.wallMs, other.wallMs])),
    },
    {
      ...{ ...row, against, what: 'CPU time of a trace' },
      figure: pairedRatio(traces.map(([own, other]) => [own.cpuSeconds, other.cpuSeconds])),
    },
    toFirstTokenRow(days, against, 0.5),
    toFirstTokenRow(days, against, 0.99),
    {
      ...{ ...row, against, what: 'wall time of a trace with a restart in its middle, start included' },
      figure: pairedRatio(days.map(([own, other]) => [own.interrupted.wallMs, other.interrupted.wallMs])),
    },
    {
      ...{ ...row, against, what: 'CPU time of a trace with a restart in its middle, start included' },
      figure: pairedRatio(days.map(([own, other]) => [own.interrupted.cpuSeconds, other.interrupted.cpuSeconds])),
    },
    ...toTokenRows(days, against),
    ...toTimeRows(days, against),
  ];
}

/** Of all requests of the traces without a restart. */
export function toFirstTokenRow(days: Days, against: string, part: number): AgentRow {
  const pairs = days.flatMap(([own, other]) => {
    const others = firstTokensOf(other);
    return firstTokensOf(own).map((time, index) => [time, others[index] ?? Number.NaN] as const);
  });
  const what = `time to first token, p${100 * part}`;
  return { ...row, against, what, figure: quantileRatio(pairs, part) };
}

function toTokenRows(days: Days, peer: string): AgentRow[] {
  const own = days.map(([day]) => day);
  const others = median(days.map(([, { computedTokens, uniqueTokens }]) => computedTokens / uniqueTokens));
  const wasted = median(days.map(([, day]) => wasteOf(day)));
  const readAgain = median(days.map(([, day]) => shareReadAgain(day)));
  return [
    {
      ...{ ...row, against: '', what: `trie ratio of the day, restart included (${peer} ${others.toFixed(3)})` },
      figure: pairedRatio(own.map(({ computedTokens, uniqueTokens }) => [computedTokens, uniqueTokens])),
      target: { atMost: 1.02 },
    },
    {
      ...{ ...row, against: '', what: `prompt tokens computed again in a day (beside ${peer})` },
      figure: medianFigure(own.map(wasteOf), 'tokens', `${peer} ${wasted}`),
      target: { atMost: 0 },
    },
    {
      ...{ ...row, against: '', what: `generated tokens read again (beside ${peer})` },
      figure: medianFigure(own.map(shareReadAgain), '%', `${peer} ${readAgain.toFixed(2)} %`),
      target: { atMost: 0.5 },
    },
    {
      ...{ ...row, against: '', what: 'requests whose cached_tokens are not what was not computed' },
      figure: { value: own.reduce((sum, { miscounted }) => sum + miscounted, 0), unit: 'requests' },
      target: { atMost: 0 },
    },
  ];
}

function toTimeRows(days: Days, peer: string): AgentRow[] {
  const own = days.flatMap(([day]) => firstTokensOf(day));
  const other = days.flatMap(([, day]) => firstTokensOf(day));
  return [0.5, 0.99].map((part) => ({
    ...{ ...row, against: '', what: `time to first token, p${100 * part} (beside ${peer})` },
    figure: { value: quantile(own, part), unit: 'ms', note: `${peer} ${quantile(other, part).toFixed(0)} ms` },
  }));
}

function wasteOf({ wastedTokens }: MeasuredDay): number {
  return wastedTokens;
}

function shareReadAgain({ generatedTokens, generatedReadAgain }: MeasuredDay): number {
  return (100 * generatedReadAgain) / generatedTokens;
}

function firstTokensOf({ traces }: MeasuredDay): number[] {
  return traces.flatMap(({ requests }) => requests.map(({ firstTextMs }) => firstTextMs));
}
