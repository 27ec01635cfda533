import type { Passport, PassportCheck, PassportEvent } from '#shared/domain/passport.ts';
import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { Mutex, systemClock, type Clock, type Logger } from '../base/index.ts';
import type { EngineInstance } from '../engine-port/index.ts';
import { createInference } from '../inference/index.ts';
import type { Library } from '../library/index.ts';
import { createAllChecks } from './all-checks.ts';
import type { Check } from './check.ts';
import { IdleTests } from './idle-tests.ts';
import { checkLoaded } from './load-checks.ts';
import type { PassportShelf } from './passport-shelf.ts';
import { Presence, type TestedScheduler } from './presence.ts';
import { runChecks } from './run-checks.ts';
import { TestSession, type Door } from './test-session.ts';

export interface PassportOfficeOptions {
  library: Pick<Library, 'list' | 'require' | 'resolve' | 'modelSettings' | 'problemOf' | 'digest'>;
  scheduler: TestedScheduler;
  shelf: PassportShelf;
  settings: { get(): Settings };
  /** False while serving is paused or ends: then nothing is tested by itself. */
  isServing: () => boolean;
  machine: Passport['machine'];
  /** Most memory a process has held, in bytes; undefined where the system does not tell. */
  readPeakMemory: (pid: number) => number | undefined;
  logger: Logger;
  /** Default: all there are. */
  checks?: readonly Check[];
  clock?: Clock;
}

export interface TestOptions {
  signal: AbortSignal;
  onEvent?: (event: PassportEvent) => void;
}

/** Tests models, when asked to and when the machine is idle, always behind everybody else's requests. */
export interface PassportOffice {
  /**
   * Tests everything anew, within the time of the settings. Errors: `model-not-found`, those of a load, `cancelled`;
   * what was found until then is kept.
   */
  test(name: string, options: TestOptions): Promise<Passport>;
  /** Ends what runs. */
  stop(): Promise<void>;
}

/** After a request the test waits so long for the next one. */
const quietMs = 2000;

export function createPassportOffice(options: PassportOfficeOptions): PassportOffice {
  return new Office(options);
}

interface TestRun extends TestOptions {
  record: ModelRecord;
  /** Found out by a test that was interrupted. */
  known: readonly PassportCheck[];
}

class Office implements PassportOffice {
  readonly #options: PassportOfficeOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #presence: Presence;
  readonly #door: Door;
  readonly #idle: IdleTests;
  readonly #checks: readonly Check[];
  /** One test at a time: two would measure each other. */
  readonly #turn = new Mutex();
  #waiting = 0;
  readonly #stopping = new AbortController();
  readonly #seen = new WeakSet<EngineInstance>();
  /** Models that were tested by themselves since they were loaded, whatever came of it. */
  readonly #tried = new Set<string>();
  readonly #unsubscribe: () => void;

  constructor(options: PassportOfficeOptions) {
    const { scheduler, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = options.logger.child({ room: 'passport' });
    this.#checks = options.checks ?? createAllChecks(options.readPeakMemory);
    this.#presence = new Presence(scheduler, clock);
    // A door of its own: the tests are no requests of anybody's, so no figure and no report counts them.
    this.#door = createInference({
      ...{ library: options.library, settings: options.settings, logger: options.logger },
      scheduler: this.#presence.ownScheduler,
      metrics: { recordGeneration: () => undefined, setLiveFigures: () => undefined },
    });
    this.#idle = new IdleTests({
      clock,
      isOccupied: () => this.#presence.isOccupied,
      onArrival: (listener) => this.#presence.onArrival(listener),
      findUntested: () => this.#findUntested(),
      test: (record, signal) => this.#testIdle(record, signal),
    });
    this.#unsubscribe = scheduler.onChange(() => this.#look());
  }

  async test(name: string, { signal, onEvent = ignore }: TestOptions): Promise<Passport> {
    const record = this.#options.library.resolve(name);
    this.#idle.interrupt();
    if (this.#waiting > 0) onEvent({ type: 'wait', reason: 'another-test' });
    return this.#inTurn({ record, known: [], signal, onEvent });
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#idle.stop();
    this.#stopping.abort(new AppError('shutting-down', 'Impetus is shutting down.'));
    await this.#turn.run(async () => this.#presence.close());
  }

  async #testIdle(record: ModelRecord, signal: AbortSignal): Promise<void> {
    this.#tried.add(record.id);
    const stored = this.#options.shelf.find(record);
    const known = stored && this.#options.shelf.isCurrent(stored) ? stored.checks : [];
    try {
      await this.#inTurn({ record, known, signal });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'cancelled') this.#tried.delete(record.id);
      else this.#logger.warn({ model: record.id, err: error }, 'a test ended with an error');
    }
  }

  async #inTurn(run: TestRun): Promise<Passport> {
    this.#waiting += 1;
    try {
      return await this.#turn.run(() => this.#test(run));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #test({ record, known, onEvent = ignore, ...run }: TestRun): Promise<Passport> {
    const { library, shelf, settings, scheduler } = this.#options;
    const signal = AbortSignal.any([run.signal, this.#stopping.signal]);
    onEvent({ type: 'start', model: record.id, checks: this.#checks.flatMap(({ ids }) => [...ids]) });
    const sha256 = await library.digest(record.id, signal);
    const before = scheduler.states().get(record.id);
    const keep = (found: Pick<Passport, 'checks' | 'load' | 'end'>): Passport => {
      const passport = { ...this.#toHeading(record, sha256), ...found };
      shelf.put(passport);
      return passport;
    };
    try {
      const result = await runChecks(
        {
          ...{ checks: this.#checks, known, onEvent, signal, clock: this.#clock },
          budgetMs: settings.get().modelTestSeconds * 1000,
          openSession: () => this.#openSession(record, { signal, onEvent }),
          onArrival: (listener) => this.#presence.onArrival(listener),
        },
        (partial) => keep({ ...partial, end: 'interrupted' }),
      );
      const passport = keep(result);
      this.#logger.info({ model: record.id, end: passport.end }, 'a model was tested');
      onEvent({ type: 'finish', passport });
      return passport;
    } finally {
      if (before?.state === 'loaded' && before.placement === 'main') await this.#bringBack(record);
    }
  }

  async #openSession(record: ModelRecord, { signal, onEvent = ignore }: TestOptions): Promise<TestSession> {
    const { scheduler } = this.#options;
    if (this.#presence.isOccupied) {
      onEvent({ type: 'wait', reason: 'requests' });
      await this.#presence.whenQuiet(quietMs, signal);
    }
    const state = scheduler.states().get(record.id);
    if (state?.state !== 'loaded') onEvent({ type: 'wait', reason: 'loading' });
    const { clock, ...own } = { clock: this.#clock, door: this.#door, presence: this.#presence };
    return TestSession.open({ ...own, clock, record, state, loadOptions: this.#loadOptionsOf(record) }, signal);
  }

  /** A model that was in the main process goes back there, unless somebody uses it already. */
  async #bringBack(record: ModelRecord): Promise<void> {
    const { scheduler } = this.#options;
    const state = scheduler.states().get(record.id);
    if (state?.state !== 'loaded' || state.placement === 'main' || this.#stopping.signal.aborted) return;
    try {
      await scheduler.unload(record.id);
      const signal = this.#stopping.signal;
      await scheduler.load({ model: record, loadOptions: this.#loadOptionsOf(record), signal });
    } catch (thrown) {
      this.#logger.debug({ model: record.id, err: toAppError(thrown) }, 'a tested model stays where it is');
    }
  }

  #loadOptionsOf({ id }: ModelRecord): LoadOptions {
    return this.#options.library.modelSettings(id).load ?? {};
  }

  #toHeading(record: ModelRecord, sha256: string): Omit<Passport, 'checks' | 'load' | 'end'> {
    const { shelf, machine } = this.#options;
    const testedAt = new Date(this.#clock.now()).toISOString();
    return { modelId: record.id, sha256, engine: shelf.engine, testedAt, machine };
  }

  /** Of the models in a child: testing one that is in the main process would move it. */
  #findUntested(): ModelRecord | undefined {
    const { library, scheduler, settings, isServing } = this.#options;
    if (!settings.get().testModelsWhenIdle || !isServing()) return undefined;
    const states = scheduler.states();
    return library.list().find((record) => {
      const state = states.get(record.id);
      return state?.state === 'loaded' && state.placement === 'child' && this.#isUntested(record);
    });
  }

  #isUntested(record: ModelRecord): boolean {
    if (this.#tried.has(record.id)) return false;
    const passport = this.#options.shelf.find(record);
    return !passport || !this.#options.shelf.isCurrent(passport) || passport.end === 'interrupted';
  }

  /** After every change of what is loaded or used: several times for each request. */
  #look(): void {
    const { scheduler, library } = this.#options;
    for (const id of this.#tried) if (!scheduler.peek(id)) this.#tried.delete(id);
    for (const record of library.list()) {
      const instance = scheduler.peek(record.id);
      if (!instance || this.#seen.has(instance)) continue;
      this.#seen.add(instance);
      void this.#checkLoaded(record, instance);
    }
    this.#idle.touch();
  }

  async #checkLoaded(record: ModelRecord, instance: EngineInstance): Promise<void> {
    try {
      const signal = this.#stopping.signal;
      this.#options.shelf.noteLoadChecks(
        record.id,
        await checkLoaded({ record, instance, signal, clock: this.#clock }),
      );
    } catch (thrown) {
      this.#logger.debug({ model: record.id, err: toAppError(thrown) }, 'a loaded model could not be checked');
    }
  }
}

function ignore(): void {
  // Nobody watches.
}
