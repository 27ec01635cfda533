import type { MeasuredDay } from './agent-day.ts';
import { medianFigure, type Row } from './report.ts';
import { median, pairedRatio, quantile, quantileRatio } from './statistics.ts';

/** The same days on Impetus and on a peer. */
export type Days = [MeasuredDay, MeasuredDay][];

const row = { suite: 'Agent day', threads: 1 };

/** Against one peer: ratios first, then what Impetus computed and how long it took. */
export function toAgentRows(days: Days, against: string): Row[] {
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
    ...toTokenRows(days, against),
    ...toTimeRows(days, against),
  ];
}

/** Of all requests of the traces without a restart. */
export function toFirstTokenRow(days: Days, against: string, part: number): Row {
  const pairs = days.flatMap(([own, other]) => {
    const others = firstTokensOf(other);
    return firstTokensOf(own).map((time, index) => [time, others[index] ?? Number.NaN] as const);
  });
  const what = `time to first token, p${100 * part}`;
  return { ...row, against, what, figure: quantileRatio(pairs, part) };
}

function toTokenRows(days: Days, peer: string): Row[] {
  const own = days.map(([day]) => day);
  const others = median(days.map(([, { computedTokens, uniqueTokens }]) => computedTokens / uniqueTokens));
  const wasted = median(days.map(([, day]) => wasteOf(day)));
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
  ];
}

function toTimeRows(days: Days, peer: string): Row[] {
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

function firstTokensOf({ traces }: MeasuredDay): number[] {
  return traces.flatMap(({ requests }) => requests.map(({ firstTextMs }) => firstTextMs));
}
