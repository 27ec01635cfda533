import type { PassportCheck } from '#shared/domain/passport.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { Clock } from '../base/index.ts';
import type { Check, Finding } from './check.ts';
import { isDeath, judgeError } from './judge-error.ts';
import type { ModelUnderTest } from './model-under-test.ts';

export interface PerformOptions {
  check: Check;
  /** The model; what it is asked ends with the signal. */
  toModel: (signal: AbortSignal) => ModelUnderTest;
  /** Time for this check at most, in ms. */
  limitMs: number;
  /** Ends the whole test. */
  signal: AbortSignal;
  /** Calls the listener when somebody else's request is there. */
  onArrival: (listener: () => void) => () => void;
  /** Resolves with the reason when the engine dies. */
  died: Promise<string>;
  onFinding: (check: PassportCheck) => void;
  clock: Clock;
}

/**
 * `interrupted`: a request came in between and nothing was found out. `time`: what was found until the time was over.
 * `crashed`: the engine died, which is a finding too.
 */
export type Outcome = 'done' | 'interrupted' | 'time' | 'crashed';

/** One check with its limits. Throws what ends the test: `cancelled`, and errors that tell nothing about the model. */
export async function performCheck(options: PerformOptions): Promise<Outcome> {
  const { check, limitMs, signal, onArrival, died, clock } = options;
  const stop = new AbortController();
  let cut: Exclude<Outcome, 'done'> | undefined;
  let death = '';
  const cutBy = (reason: Exclude<Outcome, 'done'>): void => {
    cut ??= reason;
    stop.abort();
  };
  const unsubscribe = onArrival(() => cutBy('interrupted'));
  const cancelTimer = clock.setTimer(limitMs, () => cutBy('time'));
  // Answers would go on in the next engine, and a model that kills it would kill that one too.
  void died.then((reason) => {
    death = reason;
    cutBy('crashed');
  });
  const found = new Findings(options);
  try {
    const model = options.toModel(AbortSignal.any([signal, stop.signal]));
    const until = clock.monotonic() + limitMs;
    const remainingMs = (): number => until - clock.monotonic();
    for await (const finding of check.run({ model, remainingMs })) found.add(finding);
    return 'done';
  } catch (thrown) {
    const error = toAppError(thrown);
    if (signal.aborted || (cut === undefined && error.code === 'cancelled')) throw error;
    if (cut === 'interrupted') return cut;
    if (cut === 'time') {
      found.addMissing('not-measured', 'The time for the test was over.');
      return cut;
    }
    const failure = cut === 'crashed' ? new AppError('engine-crashed', death) : error;
    found.addError(failure);
    return isDeath(failure) ? 'crashed' : 'done';
  } finally {
    unsubscribe();
    cancelTimer();
  }
}

/** What one check has found so far. */
class Findings {
  readonly #options: PerformOptions;
  readonly #known = new Set<Finding['id']>();
  #since: number;

  constructor(options: PerformOptions) {
    this.#options = options;
    this.#since = options.clock.monotonic();
  }

  add({ id, verdict, detail, figures = {} }: Finding): void {
    const now = this.#options.clock.monotonic();
    this.#known.add(id);
    this.#options.onFinding({ id, verdict, detail, figures, durationMs: Math.round(now - this.#since) });
    this.#since = now;
  }

  addMissing(verdict: Finding['verdict'], detail: string): void {
    for (const id of this.#options.check.ids) if (!this.#known.has(id)) this.add({ id, verdict, detail });
  }

  /** The thing that was asked when it happened, and all behind it. */
  addError(error: AppError): void {
    const verdict = judgeError(error);
    if (verdict === 'throw') throw error;
    const [first, ...others] = this.#options.check.ids.filter((id) => !this.#known.has(id));
    if (first === undefined) return;
    this.add({ id: first, verdict, detail: error.message });
    const detail = 'An error in the check before it left it open.';
    for (const id of others) this.add({ id, verdict: verdict === 'fail' ? 'not-measured' : verdict, detail });
  }
}
