import type { StepShape } from './step-costs.ts';

/** A step that ended. */
export interface TimedStep extends StepShape {
  durationMs: number;
  /** Monotonic time at its end. */
  atMs: number;
}

/** `slow-steps`: fewer, because steps were slow. `comparison`: fewer, to see that it is no faster. `trial`: one more. */
export type ExperimentPurpose = 'slow-steps' | 'comparison' | 'trial';

export interface ExperimentOptions {
  purpose: ExperimentPurpose;
  /** Threads before. */
  from: number;
  /** Steps by which it is judged. */
  judgedSteps: number;
  /** What a step of that shape takes with the old number, in ms. */
  referenceMs: (shape: StepShape) => number;
}

/** A change is kept when its steps took at most this part of what the old number takes. */
const keepAtMost = { 'slow-steps': 0.8, comparison: 0.9, trial: 1.1 } as const;
/** One step so many times the reference ends it: waiting for more of them would cost more than a wrong verdict. */
const hopelessRatio = 3;

/** A number of threads that is being tried: the next steps show whether it is better than the one before. */
export class ThreadExperiment {
  readonly options: ExperimentOptions;
  readonly steps: TimedStep[] = [];
  #totalMs = 0;
  #totalReferenceMs = 0;

  constructor(options: ExperimentOptions) {
    this.options = options;
  }

  /** Duration of its steps. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /** Duration of its steps as a part of what they would have taken before. */
  get ratio(): number {
    return this.#totalReferenceMs === 0 ? 1 : this.#totalMs / this.#totalReferenceMs;
  }

  judge(step: TimedStep): 'open' | 'kept' | 'refuted' {
    const { purpose, judgedSteps, referenceMs } = this.options;
    const limit = keepAtMost[purpose];
    const referenceOfStep = referenceMs(step);
    this.steps.push(step);
    this.#totalMs += step.durationMs;
    this.#totalReferenceMs += referenceOfStep;
    if (step.durationMs > hopelessRatio * referenceOfStep) return 'refuted';
    // As if all further steps took no time at all.
    if ((this.ratio * this.steps.length) / judgedSteps > limit) return 'refuted';
    if (this.steps.length < judgedSteps) return 'open';
    return this.ratio <= limit ? 'kept' : 'refuted';
  }
}
