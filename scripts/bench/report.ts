import { judge, medianInterval, type Ratio } from './statistics.ts';

/** One line of the benchmark table. */
export interface Row {
  suite: string;
  /** What was measured, in words. */
  what: string;
  /** What it was measured against: `P`, `S`, `P defaults`, `A/A`, or empty for absolute figures. */
  against: string;
  threads: number;
  figure: Ratio | AbsoluteFigure | { notMeasured: string };
  target?: Target;
  /** The arms did not give the same answers: the row compares unlike work. */
  isVoid?: boolean;
}

export interface AbsoluteFigure {
  value: number;
  unit: string;
  note?: string;
}

export interface Target {
  atMost?: number;
  atLeast?: number;
}

/** When, where and with what one suite was measured. */
export interface SuiteFacts {
  date: string;
  commit: string;
  isQuick: boolean;
  /** Minutes it took, and how busy the machine was at its end (load of the last minute); absent where nobody noted it. */
  minutes?: number;
  load?: number;
  commandLines: string[];
}

/** What one run of one suite leaves in docs/benchmarks.json. */
export interface SuiteResult extends SuiteFacts {
  rows: Row[];
  /** The pairs behind the figures. */
  raw: Record<string, unknown>;
}

export interface ReportFacts {
  machine: string;
  versions: string;
  /** Files that were measured, with their hashes. */
  models: string[];
  /** What no suite could measure here, with the reason. */
  notMeasured: string[];
}

export function toVerdict({ figure, target, isVoid }: Row): string {
  if ('notMeasured' in figure) return 'not measured';
  if (isVoid) return 'void: different tokens';
  if (!target) return '';
  if ('median' in figure) return judge(figure, target);
  const { atMost = Number.POSITIVE_INFINITY, atLeast = 0 } = target;
  return figure.value <= atMost && figure.value >= atLeast ? 'met' : 'missed';
}

export function formatFigure(figure: Row['figure']): string {
  if ('notMeasured' in figure) return figure.notMeasured;
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
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

/** The median of absolute values; its 95 % interval and what else there is to say stand in the note. */
export function medianFigure(values: readonly number[], unit: string, note?: string): Row['figure'] {
  const { median: value, low, high } = medianInterval(values);
  const interval = `${formatNumber(low)} to ${formatNumber(high)}, ${values.length} values`;
  return { value, unit, note: note === undefined ? interval : `${interval}; ${note}` };
}

/** docs/benchmarks.md: every suite as it was measured last. */
export function formatReport(suites: Readonly<Record<string, SuiteResult>>, facts: ReportFacts): string {
  const results = Object.entries(suites);
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; the raw pairs are in [benchmarks.json](benchmarks.json). Figures with an `x` are ratios Impetus / peer of the same run on the same model file, threads and context: the',
    'median of paired blocks in the order A B B A and its bootstrap 95 % interval. `met` and `missed` are said only when the whole interval lies on one side of the target, else `open`.',
    '`A/A` measures Impetus against itself: an interval far from 1 means the machine was too noisy for a verdict. For time, lower is better; for throughput, higher.',
    '',
    '- **P**: a current llama-server, built for this machine, with the same slots, context and threads as Impetus. Targets apply to it.',
    '- **P defaults**: the same program, told nothing but the model, the address and the threads.',
    '- **S**: llama-server on the same libraries that Impetus uses; it explains the gap.',
    '',
    `${facts.machine}. ${facts.versions}.`,
    '',
    ...results.flatMap(([name, result]) => formatSuite(name, result)),
    ...formatList('Not measured', facts.notMeasured),
    ...formatList('Models', facts.models),
    '## Command lines',
    '',
    '```',
    ...results.flatMap(([name, { commandLines }]) => commandLines.map((line) => `${name}: ${line}`)),
    '```',
    '',
  ].join('\n');
}

function formatSuite(name: string, { rows, date, commit, isQuick, minutes, load }: SuiteResult): string[] {
  const run = isQuick ? `\`npm run bench -- --suite ${name} --quick\`` : `\`npm run bench -- --suite ${name}\``;
  const effort = minutes === undefined ? [] : [`${formatNumber(minutes)} minutes`];
  const business = load === undefined ? [] : [`load ${formatNumber(load)} at the end`];
  const circumstances = `${[run, date, `commit ${commit}`, ...effort, ...business].join(', ')}.`;
  return [...Map.groupBy(rows, ({ suite }) => suite)].flatMap(([title, ofTitle]) => [
    ...[`## ${title}`, '', circumstances, ''],
    '| what | against | threads | figure | target | verdict |',
    '|---|---|---|---|---|---|',
    ...ofTitle.map(
      (row) =>
        `| ${row.what} | ${row.against} | ${row.threads} | ${formatFigure(row.figure)} | ${formatTarget(row.target)} | ${toVerdict(row)} |`,
    ),
    '',
  ]);
}

function formatList(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines.map((line) => `- ${line}`), ''];
}
