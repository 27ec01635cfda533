import { judge, medianInterval, type Ratio } from './statistics.ts';

/** One line of the benchmark table. */
export interface Row {
  suite: string;
  /** What was measured, in words. */
  what: string;
  /** What it was measured against: `P`, `S`, `A/A`, or empty for absolute figures. */
  against: string;
  threads: number;
  figure: Ratio | { value: number; unit: string; note?: string };
  target?: Target;
  /** The arms did not give the same answers: the row compares unlike work. */
  isVoid?: boolean;
}

export interface Target {
  atMost?: number;
  atLeast?: number;
}

export interface ReportFacts {
  date: string;
  commit: string;
  machine: string;
  versions: string;
  /** Files that were measured, with their hashes. */
  models: string[];
  /** Suites that broke off, with the reason. */
  failures: string[];
  commandLines: string[];
  isQuick: boolean;
}

export function toVerdict({ figure, target, isVoid }: Row): string {
  if (isVoid) return 'void: different tokens';
  if (!target) return '';
  if ('median' in figure) return judge(figure, target);
  const { atMost = Number.POSITIVE_INFINITY, atLeast = 0 } = target;
  return figure.value <= atMost && figure.value >= atLeast ? 'met' : 'missed';
}

export function formatFigure(figure: Row['figure']): string {
  if ('median' in figure) {
    return `${figure.median.toFixed(3)}x (${figure.low.toFixed(3)} to ${figure.high.toFixed(3)}, ${figure.pairs} pairs)`;
  }
  const note = figure.note === undefined ? '' : ` (${figure.note})`;
  return `${formatNumber(figure.value)} ${figure.unit}${note}`;
}

export function formatTarget(target: Target | undefined): string {
  if (!target) return '';
  const { atMost, atLeast } = target;
  return atMost === undefined ? `>= ${String(atLeast)}` : `<= ${String(atMost)}`;
}

/** Three digits that count, or whole numbers. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

/** The median of absolute values; its 95 % interval and what else there is to say stand in the note. */
export function medianFigure(values: readonly number[], unit: string, note?: string): Row['figure'] {
  const { median: value, low, high } = medianInterval(values);
  const interval = `${formatNumber(low)} to ${formatNumber(high)}, ${values.length} values`;
  return { value, unit, note: note === undefined ? interval : `${interval}; ${note}` };
}

/** docs/benchmarks.md. */
export function formatReport(rows: readonly Row[], facts: ReportFacts): string {
  const suites = [...Map.groupBy(rows, ({ suite }) => suite)];
  const tables = suites.map(([suite, ofSuite]) =>
    [
      `## ${suite}`,
      '',
      '| what | against | threads | figure | target | verdict |',
      '|---|---|---|---|---|---|',
      ...ofSuite.map(
        (row) =>
          `| ${row.what} | ${row.against} | ${row.threads} | ${formatFigure(row.figure)} | ${formatTarget(row.target)} | ${toVerdict(row)} |`,
      ),
      '',
    ].join('\n'),
  );
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; the raw pairs are in [benchmarks.json](benchmarks.json). Figures with an `x` are ratios Impetus / peer of the same run on the same model file, threads and context: the',
    'median of paired blocks in the order A B B A and its bootstrap 95 % interval. `met` and `missed` are said only when the whole interval lies on one side of the target, else `open`.',
    '`A/A` measures Impetus against itself: an interval far from 1 means the machine was too noisy for a verdict. For time, lower is better; for throughput, higher.',
    '',
    '- **P**: a current llama-server, built for this machine, at its default flags. Targets apply to it.',
    '- **S**: llama-server on the same libraries that Impetus uses; it explains the gap.',
    '',
    `${facts.date}, commit ${facts.commit}${facts.isQuick ? ', quick run' : ''}. ${facts.machine}. ${facts.versions}.`,
    '',
    ...tables,
    ...(facts.failures.length === 0 ? [] : ['## Broke off', '', ...facts.failures.map((line) => `- ${line}`), '']),
    '## Models',
    '',
    ...facts.models.map((line) => `- ${line}`),
    '',
    '## Command lines',
    '',
    '```',
    ...facts.commandLines,
    '```',
    '',
  ].join('\n');
}
