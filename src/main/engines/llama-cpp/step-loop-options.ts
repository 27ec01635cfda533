import type { AppError } from '#shared/errors/app-error.ts';
import type { StateCache } from './admission-planner.ts';
import type { ContextDriver } from './context-driver.ts';
import type { ContextGrowth } from './context-growth.ts';
import type { ThreadPlan } from './thread-plan.ts';

export interface StepLoopOptions {
  driver: ContextDriver;
  sequenceCount: number;
  /** Begins with the number of threads that the driver has. */
  threadPlan: ThreadPlan;
  /** Tokens a sliding-window model keeps; 0 for full attention. */
  slidingWindow: number;
  /** False: the state of a sequence is one running sum. Default: true. */
  canCut?: boolean;
  /** Lets the context grow; its group is the driver then. Default: the context stays as it is. */
  growth?: ContextGrowth | undefined;
  /** Tokens that all sequences have room for, where the context stays as it is. Default: not told. */
  allocatedTokens?: number;
  /** How long one step may take before its requests fail, in ms. */
  stallLimitMs: number;
  /** A step hangs; told after its requests have failed. */
  onStall?: (error: AppError) => void;
  /** Where state goes that a sequence has no room for. Default: it is lost. */
  cache?: StateCache | undefined;
  /** True: short steps may run on this thread, because nobody needs its event loop meanwhile. Default: false. */
  mayBlock?: boolean;
  /** True: what repeats is guessed while one answer runs alone and that is quicker. Default: false. */
  speculates?: boolean;
  /** Text of tokens, for telling what broke a prompt's beginning. */
  toText: (tokens: Uint32Array) => string;
  /** Monotonic clock in ms. */
  now: () => number;
}
