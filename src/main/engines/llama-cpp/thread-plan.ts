import type { TimedStep } from './thread-experiment.ts';
import { ThreadTuner, type ThreadChangeReason } from './thread-tuner.ts';

/** `prefill`: a step with prompt tokens in it, beside running answers or alone. */
export type StepKind = 'decode' | 'prefill';

/** A step that ended. */
export interface StepTiming extends TimedStep {
  kind: StepKind;
}

export interface ThreadChange {
  kind: StepKind;
  from: number;
  to: number;
  reason: ThreadChangeReason;
}

export interface ThreadPlanOptions {
  /** Threads to begin with; never more. */
  threads: number;
  /** False: the number is the user's, it never changes. */
  isAdaptive: boolean;
  /** Hears of every change. Default: nobody. */
  onChange?: (change: ThreadChange) => void;
}

/** A decode step is short, a prefill step takes seconds. */
const judgedSteps = { decode: 6, prefill: 3 } as const;

/**
 * How many threads each step gets. Decode and prefill are tuned apart, because more threads help a prompt longer than
 * an answer; that the machine is busy is learned from one and believed for both. Pure: its clock is the steps' own.
 */
export class ThreadPlan {
  readonly #tuners: Record<StepKind, ThreadTuner>;
  readonly #isAdaptive: boolean;

  constructor({ threads, isAdaptive, onChange }: ThreadPlanOptions) {
    const createTuner = (kind: StepKind, other: StepKind): ThreadTuner =>
      new ThreadTuner({
        chosen: threads,
        judgedSteps: judgedSteps[kind],
        // A piece of a prompt with one thread takes seconds, a token of an answer some milliseconds.
        comparedThreads: kind === 'decode' ? [...new Set([1, Math.floor(threads / 2)])] : [],
        onChange: (change) => onChange?.({ kind, ...change }),
        onBusy: (busy) => this.#tuners[other].limit(busy),
      });
    this.#isAdaptive = isAdaptive && threads > 1;
    this.#tuners = { decode: createTuner('decode', 'prefill'), prefill: createTuner('prefill', 'decode') };
  }

  /** What each kind of step uses now. */
  get threads(): Record<StepKind, number> {
    return { decode: this.#tuners.decode.threads, prefill: this.#tuners.prefill.threads };
  }

  /** Threads for the step that begins now. Tell `observe` of it before you ask again. */
  next(kind: StepKind, nowMs: number): number {
    return this.#isAdaptive ? this.#tuners[kind].next(nowMs) : this.#tuners[kind].threads;
  }

  observe({ kind, ...step }: StepTiming): void {
    if (this.#isAdaptive) this.#tuners[kind].observe(step);
  }
}
