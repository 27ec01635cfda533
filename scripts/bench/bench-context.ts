import type { Peer } from './peers.ts';
import type { Row } from './report.ts';

/** What every suite gets. */
export interface BenchContext {
  root: string;
  /** A model file that all arms load. */
  model: string;
  /** Random weights of 14 MB that hold prompts of 16k tokens and more. */
  longContextModel: string;
  peers: readonly Peer[];
  isQuick: boolean;
  /** A folder that is removed at the end. */
  scratch: string;
  /** Command lines of the arms, in the order they were started. */
  commandLines: string[];
  add(row: Row): void;
  /** Raw pairs for docs/benchmarks.json. */
  keep(name: string, raw: unknown): void;
}

export type Suite = (context: BenchContext) => Promise<void>;
