import type { PrefixBreak } from '#shared/domain/cache-report.ts';
import type { GenerationRun } from './generation-run.ts';
import type { Sequence } from './sequence-pool.ts';

/** A request that holds a sequence. */
export interface RunningSlot {
  run: GenerationRun;
  /** The tokens whose state it wanted when it got its sequence. */
  wanted: Uint32Array;
  sequence: Sequence;
  order: number;
  /** False while the beginning of its prompt is being brought in from the cache, or room for its next token is made. */
  isReady: boolean;
  break?: PrefixBreak | undefined;
}
