import type { Passport, PassportCheck, PassportCheckId, PassportEvent } from '#shared/domain/passport.ts';
import type { Clock } from '../base/index.ts';
import type { Check } from './check.ts';
import { performCheck, type Outcome } from './perform-check.ts';
import type { TestSession } from './test-session.ts';

export interface RunChecksOptions {
  checks: readonly Check[];
  /** Found out by an earlier test that was interrupted. */
  known: readonly PassportCheck[];
  /** For all checks together, in ms; time in which others were served does not count. */
  budgetMs: number;
  /** Waits until nobody else's request is there, then gives the model. */
  openSession: (signal: AbortSignal) => Promise<TestSession>;
  onArrival: (listener: () => void) => () => void;
  onEvent: (event: Extract<PassportEvent, { type: 'check-start' | 'check' }>) => void;
  signal: AbortSignal;
  clock: Clock;
}

export interface ChecksRun {
  checks: PassportCheck[];
  end: Exclude<Passport['end'], 'interrupted'>;
  load: Passport['load'];
}

/** Checks that compute next to nothing are made when the time is over too. */
const cheapCheckMs = 10_000;

/**
 * The checks one after the other. A request of somebody else ends the one that runs; it begins anew when all is quiet.
 * `onPartial` gets to see what was found until an error ends the test.
 */
export async function runChecks(
  options: RunChecksOptions,
  onPartial: (run: Pick<ChecksRun, 'checks' | 'load'>) => void,
): Promise<ChecksRun> {
  const run = new CheckRun(options);
  try {
    return await run.run();
  } catch (error) {
    const partial = run.partial;
    if (partial) onPartial(partial);
    throw error;
  } finally {
    run.close();
  }
}

class CheckRun {
  readonly #options: RunChecksOptions;
  readonly #found: Map<PassportCheckId, PassportCheck>;
  #session: TestSession | undefined;
  /** As of the last session. */
  #load: Passport['load'] | undefined;
  #usedMs = 0;

  constructor(options: RunChecksOptions) {
    this.#options = options;
    this.#found = new Map(options.known.map((check) => [check.id, check]));
  }

  get partial(): Pick<ChecksRun, 'checks' | 'load'> | undefined {
    return this.#load && { checks: this.#inOrder(), load: this.#load };
  }

  async run(): Promise<ChecksRun> {
    const { load } = await this.#requireSession();
    let end: ChecksRun['end'] = 'complete';
    for (const check of this.#options.checks) {
      if (check.ids.every((id) => this.#found.has(id))) continue;
      if (end === 'crashed') {
        this.#leaveOut(check, 'The engine died in a test before it.');
        continue;
      }
      const outcome = await this.#perform(check);
      if (outcome === 'crashed' || (outcome === 'time' && end === 'complete')) end = outcome;
    }
    return { checks: this.#inOrder(), end, load: this.#load ?? load };
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  /** Until it was not interrupted. */
  async #perform(check: Check): Promise<Exclude<Outcome, 'interrupted'>> {
    const { record } = await this.#requireSession();
    if (check.needsText && (record.facts.traits?.gives ?? 'text') !== 'text') {
      this.#leaveOut(check, 'The model is not made to write text.', 'not-applicable');
      return 'done';
    }
    const leftMs = this.#options.budgetMs - this.#usedMs;
    // Without time left a check still tells what needs none: that it does not apply.
    const limitMs = Math.max(leftMs, check.needsText ? 0 : cheapCheckMs);
    for (;;) {
      const outcome = await this.#attempt(check, limitMs);
      if (outcome !== 'interrupted') return outcome;
      this.close();
    }
  }

  async #attempt(check: Check, limitMs: number): Promise<Outcome> {
    const { onArrival, onEvent, signal, clock } = this.#options;
    const session = await this.#requireSession();
    const [first] = check.ids;
    if (first) onEvent({ type: 'check-start', id: first });
    const startedAt = clock.monotonic();
    const outcome = await performCheck({
      ...{ check, limitMs, signal, onArrival, clock, died: session.died },
      toModel: (stop) => session.model(stop),
      onFinding: (found) => {
        this.#found.set(found.id, found);
        onEvent({ type: 'check', check: found });
      },
    });
    if (outcome === 'interrupted') for (const id of check.ids) this.#found.delete(id);
    else this.#usedMs += clock.monotonic() - startedAt;
    return outcome;
  }

  #leaveOut(check: Check, detail: string, verdict: 'not-measured' | 'not-applicable' = 'not-measured'): void {
    for (const id of check.ids) {
      const found: PassportCheck = { id, verdict, detail, figures: {}, durationMs: 0 };
      this.#found.set(id, found);
      this.#options.onEvent({ type: 'check', check: found });
    }
  }

  async #requireSession(): Promise<TestSession> {
    this.#session ??= await this.#options.openSession(this.#options.signal);
    this.#load = this.#session.load;
    return this.#session;
  }

  /** As the checks are listed. */
  #inOrder(): PassportCheck[] {
    return this.#options.checks.flatMap(({ ids }) => ids.flatMap((id) => this.#found.get(id) ?? []));
  }
}
