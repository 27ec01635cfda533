import { limitMs, type CrowdRound, type CrowdShape } from './load-round.ts';
import type { Block, PairedResult } from './paired-run.ts';
import { medianFigure, type Row, type Target } from './report.ts';
import { median, pairedRatio } from './statistics.ts';

type LoadRow = Omit<Row, 'suite'>;

export interface ThroughputMeasurement {
  result: PairedResult;
  depth: number;
  streams: number;
  against: string;
}

export function toThroughputRows({ result, depth, streams, against }: ThroughputMeasurement): LoadRow[] {
  const place = `${streams} stream${streams === 1 ? '' : 's'} at depth ${depth}`;
  // P is another release with other kernels: its words may differ from ours.
  const row = { against, threads: 1, isVoid: !against.startsWith('P') && result.differs };
  return [
    {
      ...{ ...row, ...throughputTarget(streams, against), what: `tokens a second, ${place}` },
      figure: pairedRatio(result.wall.map(([own, other]) => [other, own])),
    },
    { ...row, what: `CPU time a token, ${place}`, figure: pairedRatio(result.cpu) },
  ];
}

/** What many streams at once must reach against a peer. */
export function throughputTarget(streams: number, against: string): { target?: Target } {
  const bounds: Record<string, number> = { S: 1.05, P: 1.1 };
  const atLeast = bounds[against];
  return streams < 4 || atLeast === undefined ? {} : { target: { atLeast } };
}

/** `against` is empty where Impetus is compared with itself without the neighbours that left. */
export function toFragmentRows(result: readonly (readonly [Block, Block])[], against: string): LoadRow[] {
  const row = { against, threads: 1 };
  const place = against === '' ? 'in every second slot against the first four' : 'in every second slot';
  const ratioOf = (valueOf: (block: Block) => number): Row['figure'] =>
    pairedRatio(result.map(([own, other]) => [valueOf(own), valueOf(other)]));
  return [
    { ...row, what: `tokens a second, 4 streams ${place}`, figure: ratioOf(({ wallMs, units }) => units / wallMs) },
    { ...row, what: `CPU time a token, 4 streams ${place}`, figure: ratioOf(({ cpuMs, units }) => cpuMs / units) },
  ];
}

export interface CrowdMeasurement {
  rounds: [CrowdRound, CrowdRound][];
  shape: CrowdShape;
  against: string;
}

/** Ratios to the peer, then Impetus against itself and its times. */
export function toCrowdRows({ rounds, shape, against }: CrowdMeasurement): LoadRow[] {
  const { busyStreams, longPrompt } = shape;
  const streams = `${busyStreams} busy stream${busyStreams === 1 ? '' : 's'}`;
  const place = longPrompt === 0 ? `beside ${streams}` : `beside ${streams} while ${longPrompt} tokens are read`;
  const ratioOf = (valueOf: (round: CrowdRound) => number) =>
    pairedRatio(rounds.map(([own, other]) => [valueOf(own), valueOf(other)]));
  const timeOf = (valueOf: (round: CrowdRound) => number) => {
    const note = `${against} ${median(rounds.map(([, other]) => valueOf(other))).toPrecision(3)} ms`;
    return medianFigure(
      rounds.map(([own]) => valueOf(own)),
      'ms',
      note,
    );
  };
  const late = rounds.filter((pair) => pair.some(({ isLate }) => isLate)).length;
  const lateness = late === 0 ? '' : `; in ${late} of ${rounds.length} pairs not within ${limitMs / 1000} s`;
  const row = { against, threads: 1 };
  const own = { against: '', threads: 1 };
  const what = {
    first: `time to first token of 200 tokens ${place}${lateness}`,
    middle: `time between tokens, p50, ${place}`,
    tail: `time between tokens, p99, ${place}`,
  };
  return [
    { ...row, what: what.first, figure: ratioOf(firstOf), ...(busyStreams > 1 ? { target: { atMost: 1 } } : {}) },
    { ...row, what: what.middle, figure: ratioOf(middleOf) },
    { ...row, what: what.tail, figure: ratioOf(tailOf) },
    {
      ...{ ...own, what: `time between tokens, p99 against p50 alone, ${place}` },
      figure: pairedRatio(rounds.map(([{ crowded, alone }]) => [crowded.p99, alone.p50])),
      target: { atMost: busyStreams > 1 ? 3 : 2 },
    },
    { ...own, what: `${what.first} (beside ${against})`, figure: timeOf(firstOf) },
    { ...own, what: `${what.tail} (beside ${against})`, figure: timeOf(tailOf) },
  ];
}

const firstOf = ({ firstTokenMs }: CrowdRound): number => firstTokenMs;
const middleOf = ({ crowded }: CrowdRound): number => crowded.p50;
const tailOf = ({ crowded }: CrowdRound): number => crowded.p99;
