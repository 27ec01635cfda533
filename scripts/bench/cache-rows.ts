import { cacheCases, type Answer, type CacheRound, type DiskRound } from './cache-round.ts';
import { medianFigure, type Row } from './report.ts';
import { median, pairedRatio } from './statistics.ts';

export interface MeasuredRound {
  common: CacheRound;
  /** Of Impetus only. */
  disk: DiskRound | undefined;
}

export interface CacheMeasurement {
  /** Impetus and peer. */
  rounds: [MeasuredRound, MeasuredRound][];
  /** How deep the conversations were, in words. */
  place: string;
  /** Key/value state of such a conversation. */
  stateBytes: number;
}

type CacheRow = Omit<Row, 'suite'>;

const words: Record<(typeof cacheCases)[number], string> = {
  cold: 'cold',
  warm: 'next turn, warm',
  warmAgain: 'the turn after it, warm',
  side: 'next turn after another request in the only slot',
  known: 'new conversation of a known agent',
  unload: 'next turn after unload, load included',
  swap: 'next turn after a swap to another model and back, load included',
  restart: 'next turn after restart, from spawning',
  kill: 'next turn after SIGKILL, from spawning',
};

/** With less state the clock tells more about the request than about the bytes. */
const leastStateBytes = 10_000_000;

/** Ratios to the peer first, then Impetus alone: what it is promised, and its times. */
export function toCacheRows(measurement: CacheMeasurement): CacheRow[] {
  const { rounds, place } = measurement;
  const row = { against: '', threads: 1 };
  const against = cacheCases
    .filter((name) => name !== 'warmAgain')
    .map((name) => ({
      ...row,
      against: 'S',
      what: `${words[name]}, ${place}`,
      figure: pairedRatio(rounds.map(([first, second]) => [first.common[name].ms, second.common[name].ms])),
      ...(name === 'warm' ? { target: { atMost: 1.05 } } : {}),
    }));
  const own = rounds.map(([first]) => first);
  const control = {
    ...row,
    against: 'A/A',
    what: `warm against the turn after it, ${place}`,
    figure: pairedRatio(own.map(({ common }) => [common.warm.ms, common.warmAgain.ms])),
  };
  return [...against, control, ...toPromiseRows(measurement), ...toTimeRows(measurement)];
}

function toPromiseRows({ rounds, place, stateBytes }: CacheMeasurement): CacheRow[] {
  const row = { against: '', threads: 1 };
  const own = rounds.flatMap(([{ common, disk }]) => (disk ? [{ common, disk }] : []));
  if (own.length === 0) return [];
  const knownTarget = { target: { atMost: 0.05 } };
  const allowedMs = 100 + stateBytes / 1e6;
  const rows: CacheRow[] = [
    {
      ...{ ...row, ...knownTarget, what: `new conversation of a known agent, share of cold, ${place}` },
      figure: pairedRatio(own.map(({ common }) => [common.known.ms, common.cold.ms])),
    },
    {
      ...{ ...row, ...knownTarget, what: `the same after a restart, model loaded, ${place}` },
      figure: pairedRatio(own.map(({ common, disk }) => [disk.known.ms, common.cold.ms])),
    },
    {
      ...{ ...row, what: `after restart: beyond a start without history, ${place}` },
      figure: medianFigure(
        own.map(({ common, disk }) => common.restart.ms - disk.emptyStart.ms),
        'ms',
      ),
      target: { atMost: Math.round(allowedMs), atLeast: Number.NEGATIVE_INFINITY },
    },
  ];
  const rates = own.map(({ common, disk }) => stateBytes / 1000 / (disk.restore.ms - common.warm.ms));
  if (stateBytes >= leastStateBytes && rates.every((rate) => rate > 0)) {
    rows.push({ ...row, what: `restored from disk, ${place}`, figure: medianFigure(rates, 'MB/s') });
  }
  return rows;
}

function toTimeRows({ rounds, place }: CacheMeasurement): CacheRow[] {
  return cacheCases.map((name) => {
    const [own, peer] = [0, 1].map((arm) => rounds.map((pair) => pair[arm as 0 | 1].common[name]));
    const note = `${percent(own)} of the prompt reused; S ${median(timesOf(peer)).toFixed(0)} ms, ${percent(peer)}`;
    return {
      ...{ against: '', threads: 1, what: `${words[name]}, ${place}: time` },
      figure: medianFigure(timesOf(own), 'ms', note),
    };
  });
}

function timesOf(answers: readonly Answer[] = []): number[] {
  return answers.map(({ ms }) => ms);
}

function percent(answers: readonly Answer[] = []): string {
  return `${Math.floor(100 * median(answers.map(({ cachedShare }) => cachedShare)))} %`;
}
