import { Slowness, slowRatio } from './slowness.ts';
import { StepCosts, type StepShape } from './step-costs.ts';
import { ThreadExperiment, type ExperimentOptions, type TimedStep } from './thread-experiment.ts';

/** Why a number of threads changed; `no-gain`: what was tried is taken back; `busy-machine`: another kind of step found it so. */
export type ThreadChangeReason = ExperimentOptions['purpose'] | 'no-gain' | 'busy-machine';

export interface TunerOptions {
  /** Threads to begin with and never to exceed. */
  chosen: number;
  /** Steps by which a change is judged. */
  judgedSteps: number;
  /** Tried one after the other after the first steps: nobody knows yet what a step takes while the machine is calm. */
  comparedThreads: readonly number[];
  onChange: (change: { from: number; to: number; reason: ThreadChangeReason }) => void;
  /** More threads than `threads` are known to hurt until then. */
  onBusy: (busy: BusyMachine) => void;
}

export interface BusyMachine {
  threads: number;
  /** Monotonic time. */
  untilMs: number;
}

/** The first one is slower than those after it; */
const stepsBeforeComparison = 3;
/** but on a busy machine each may take seconds. */
const longestBeforeComparisonMs = 200;
const firstWaitMs = 5000;
const longestWaitMs = 300_000;
/** A trial that fails may take a twentieth of the time. */
const waitsPerTrial = 20;
/** A fall within so many waits after a rise counts as a trial that failed. */
const relapseWaits = 4;

/**
 * The number of threads for one kind of step. Threads of a step wait for each other in spin barriers, so that a single
 * other program can make it 10 to 100 times as long. Slow steps halve the number, time brings it back one by one. Every
 * change is kept only when the steps after it prove it right, and a wrong one doubles the wait before the next.
 */
export class ThreadTuner {
  readonly #options: TunerOptions;
  readonly #costs = new StepCosts();
  readonly #slowness = new Slowness();
  #threads: number;
  #experiment: ThreadExperiment | undefined;
  #comparisons: readonly number[];
  #steps = 0;
  #spentMs = 0;
  /** Not before this is one more tried. */
  #raiseAtMs = 0;
  /** The last wait for that; doubled by a trial that fails. */
  #raiseWaitMs = firstWaitMs;
  #raisedAtMs = -Infinity;
  /** The same for falls that did not help. */
  #lowerAtMs = -Infinity;
  #lowerWaitMs = firstWaitMs;

  constructor(options: TunerOptions) {
    this.#options = options;
    this.#threads = options.chosen;
    this.#comparisons = options.comparedThreads;
  }

  get threads(): number {
    return this.#threads;
  }

  /** The number for the step that begins now. */
  next(nowMs: number): number {
    const isDue = this.#threads < this.#options.chosen && nowMs >= this.#raiseAtMs;
    if (isDue && !this.#experiment && this.#costs.knows(this.#threads)) this.#raise();
    return this.#threads;
  }

  /** A step ended that ran with `threads`. */
  observe(step: TimedStep): void {
    if (this.#experiment) return this.#judge(this.#experiment, step);
    const { durationMs, atMs } = step;
    const expectedMs = this.#costs.expected(step, this.#threads) ?? durationMs;
    const slowness = this.#slowness.observe(durationMs, expectedMs);
    this.#learn([step], this.#threads);
    this.#steps++;
    this.#spentMs += durationMs;
    if (this.#threads === 1) return;
    if (slowness !== undefined && atMs >= this.#lowerAtMs) return this.#lower(slowness);
    if (this.#steps >= stepsBeforeComparison || this.#spentMs >= longestBeforeComparisonMs) this.#compare();
  }

  /** Another kind of step found out how busy the machine is. */
  limit({ threads, untilMs }: BusyMachine): void {
    if (this.#threads > threads) {
      this.#experiment = undefined;
      this.#change(threads, 'busy-machine');
    }
    this.#raiseAtMs = Math.max(this.#raiseAtMs, untilMs);
  }

  #lower(slowness: number): void {
    const { expected } = this.#costsNow();
    this.#begin(this.#half(), { purpose: 'slow-steps', referenceMs: (shape) => slowness * expected(shape) });
  }

  #compare(): void {
    const [threads, ...others] = this.#comparisons;
    this.#comparisons = others;
    if (threads !== undefined && threads < this.#threads)
      this.#begin(threads, { purpose: 'comparison', referenceMs: this.#costsNow().recent });
  }

  #raise(): void {
    this.#begin(this.#threads + 1, { purpose: 'trial', referenceMs: this.#costsNow().recent });
  }

  /** Of the number in use now; nothing is learned while another one is tried. */
  #costsNow(): Record<'expected' | 'recent', (shape: StepShape) => number> {
    const threads = this.#threads;
    const expected = (shape: StepShape): number => this.#costs.expected(shape, threads) ?? Infinity;
    return { expected, recent: (shape) => this.#costs.recent(shape, threads) ?? expected(shape) };
  }

  #half(): number {
    return Math.max(1, Math.floor(this.#threads / 2));
  }

  #begin(threads: number, options: Pick<ExperimentOptions, 'purpose' | 'referenceMs'>): void {
    this.#try(threads, { ...options, from: this.#threads, judgedSteps: this.#options.judgedSteps });
  }

  #try(threads: number, options: ExperimentOptions): void {
    this.#slowness.forget();
    this.#experiment = new ThreadExperiment(options);
    this.#change(threads, options.purpose);
  }

  #judge(experiment: ThreadExperiment, step: TimedStep): void {
    const { purpose } = experiment.options;
    const verdict = experiment.judge(step);
    if (purpose === 'slow-steps' && this.#threads > 1 && verdict !== 'kept') {
      const isFurther = verdict === 'refuted' || this.#isStillSlow(step);
      return isFurther ? this.#try(this.#half(), experiment.options) : undefined;
    }
    if (verdict === 'open') return;
    this.#experiment = undefined;
    if (purpose === 'trial') this.#endTrial(experiment, verdict === 'kept', step.atMs);
    else if (verdict === 'kept') this.#keepFewer(experiment, step.atMs);
    else this.#takeBackFewer(experiment, step.atMs);
  }

  /** Half of the threads may still be too many. */
  #isStillSlow(step: TimedStep): boolean {
    return this.#slowness.observe(step.durationMs, this.#costsNow().expected(step)) !== undefined;
  }

  #endTrial({ steps, options, totalMs }: ThreadExperiment, isKept: boolean, nowMs: number): void {
    if (isKept) {
      this.#learn(steps, this.#threads);
      this.#raisedAtMs = nowMs;
      this.#raiseAtMs = nowMs + firstWaitMs;
      return;
    }
    this.#raiseWaitMs = Math.max(double(this.#raiseWaitMs), Math.min(longestWaitMs, waitsPerTrial * totalMs));
    this.#raiseAtMs = nowMs + this.#raiseWaitMs;
    this.#change(options.from, 'no-gain');
    this.#options.onBusy({ threads: this.#options.chosen, untilMs: this.#raiseAtMs });
  }

  #keepFewer({ options, steps, ratio }: ThreadExperiment, nowMs: number): void {
    this.#learn(steps, this.#threads);
    const isRelapse = nowMs - this.#raisedAtMs < relapseWaits * this.#raiseWaitMs;
    this.#raiseWaitMs = isRelapse ? double(this.#raiseWaitMs) : firstWaitMs;
    this.#raiseAtMs = nowMs + this.#raiseWaitMs;
    this.#lowerWaitMs = firstWaitMs;
    // That some of many threads are a little faster than all has nothing to do with other programs.
    if (options.purpose === 'comparison' && this.#threads > 1 && ratio > 1 / slowRatio) return;
    this.#options.onBusy({ threads: this.#threads, untilMs: this.#raiseAtMs });
  }

  /** The threads were not the cause: what slow steps take now is what they cost. */
  #takeBackFewer({ options, steps }: ThreadExperiment, nowMs: number): void {
    if (options.purpose === 'slow-steps') {
      this.#costs.forget();
      this.#lowerAtMs = nowMs + this.#lowerWaitMs;
      this.#lowerWaitMs = double(this.#lowerWaitMs);
    }
    this.#learn(steps, this.#threads);
    this.#change(options.from, 'no-gain');
  }

  #learn(steps: readonly TimedStep[], threads: number): void {
    for (const step of steps) this.#costs.learn({ ...step, threads });
  }

  #change(threads: number, reason: ThreadChangeReason): void {
    const from = this.#threads;
    this.#threads = threads;
    this.#options.onChange({ from, to: threads, reason });
  }
}

function double(waitMs: number): number {
  return Math.min(longestWaitMs, 2 * waitMs);
}
