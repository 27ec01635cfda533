import { summarizePassport, type Passport, type PassportCheck, type PassportSummary } from '#shared/domain/passport.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { Emitter, systemClock, type Clock } from '../base/index.ts';
import type { Database } from '../storage/index.ts';
import { PassportStore } from './passport-store.ts';

export interface ShelfOptions {
  database: Database;
  /** The present build of the engine and version of the suite; passports of others are no longer current. */
  engine: string;
  clock?: Clock;
}

type Tested = Pick<ModelRecord, 'id' | 'sha256'>;

/** What is known of models by measurement: whole tests, and the checks of the last load. */
export class PassportShelf {
  readonly engine: string;
  readonly #store: PassportStore;
  readonly #clock: Clock;
  readonly #loadChecks = new Map<string, PassportCheck[]>();
  readonly #changed = new Emitter<void>();

  constructor({ database, engine, clock = systemClock }: ShelfOptions) {
    this.engine = engine;
    this.#store = new PassportStore(database);
    this.#clock = clock;
  }

  /** The passport of the present build, else the newest of an earlier one. */
  find({ sha256 }: Tested): Passport | undefined {
    return sha256 === null ? undefined : (this.#store.find(sha256, this.engine) ?? this.#store.findNewest(sha256));
  }

  isCurrent({ engine }: Pick<Passport, 'engine'>): boolean {
    return engine === this.engine;
  }

  summaryOf(record: Tested): PassportSummary | undefined {
    const passport = this.find(record);
    if (passport && this.isCurrent(passport)) return summarizePassport(passport, true);
    const checks = this.#loadChecks.get(record.id);
    if (checks) {
      const testedAt = new Date(this.#clock.now()).toISOString();
      return summarizePassport({ testedAt, end: 'interrupted', checks }, true);
    }
    return passport && summarizePassport(passport, false);
  }

  /** Errors: `disk-full`, `internal`. */
  put(passport: Passport): void {
    this.#store.put(passport);
    this.#changed.emit();
  }

  /** What was checked when the model was loaded. */
  noteLoadChecks(modelId: string, checks: PassportCheck[]): void {
    this.#loadChecks.set(modelId, checks);
    this.#changed.emit();
  }

  onChange(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }
}
