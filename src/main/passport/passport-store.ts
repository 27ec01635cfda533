import { passportSchema, type Passport } from '#shared/domain/passport.ts';
import type { Database } from '../storage/index.ts';

/** The passports of all models, by content and build of the engine; all of them in memory too. */
export class PassportStore {
  readonly #database: Database;
  readonly #bySha256 = new Map<string, Passport[]>();

  constructor(database: Database) {
    this.#database = database;
    for (const { passport } of database.all('SELECT passport FROM passports ORDER BY tested_at')) {
      const parsed = passportSchema.safeParse(parseJson(passport));
      // One of another shape was measured by another version: it is measured again.
      if (parsed.success) this.#remember(parsed.data);
    }
  }

  /** What was measured of a content with this build. */
  find(sha256: string, engine: string): Passport | undefined {
    return this.#bySha256.get(sha256)?.find((passport) => passport.engine === engine);
  }

  /** The newest one of any build. */
  findNewest(sha256: string): Passport | undefined {
    return this.#bySha256.get(sha256)?.at(-1);
  }

  /** Takes the place of the one of the same content and build. Errors: `disk-full`, `internal`. */
  put(passport: Passport): void {
    const { sha256, engine, testedAt } = passport;
    this.#database.run(
      'INSERT OR REPLACE INTO passports (sha256, engine, tested_at, passport) VALUES (?, ?, ?, ?)',
      sha256,
      engine,
      testedAt,
      JSON.stringify(passport),
    );
    this.#remember(passport);
  }

  #remember(passport: Passport): void {
    const others = (this.#bySha256.get(passport.sha256) ?? []).filter(({ engine }) => engine !== passport.engine);
    this.#bySha256.set(passport.sha256, [...others, passport]);
  }
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
