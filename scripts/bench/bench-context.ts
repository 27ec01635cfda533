import type { Peer } from './peers.ts';
import type { Row } from './report.ts';

/** What every suite gets. */
export interface BenchContext {
  root: string;
  /** A model file that all arms load. */
  model: string;
  /** Random weights of 14 MB that hold prompts of 16k tokens and more. */
  longContextModel: string;
  /** P and S, in the same shape as Impetus. */
  peers: readonly Peer[];
  /** P, whose flags are its own. */
  peerAtDefaults: Peer;
  isQuick: boolean;
  /** How long a soak lasts. */
  minutes: number;
  /** A folder that is removed at the end. */
  scratch: string;
  /** Command lines of the arms, in the order they were started. */
  commandLines: string[];
  add(row: Row): void;
  /** Raw pairs for docs/benchmarks.json. */
  keep(name: string, raw: unknown): void;
}

export type Suite = (context: BenchContext) => Promise<void>;

/** Work on an arm that may fail: then a row says why, and the rest of the suite goes on. */
export async function attempt(
  context: BenchContext,
  row: Pick<Row, 'suite' | 'what' | 'against'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error);
    context.add({ ...row, threads: 1, figure: { notMeasured: explain(error) } });
  }
}

/** One line, without the paths of this machine. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split('\n').filter((text) => /\w/.test(text))[0] ?? '';
  return line
    .trim()
    .replaceAll(/\/\S+\//g, '')
    .replaceAll('|', '/')
    .slice(0, 200);
}
