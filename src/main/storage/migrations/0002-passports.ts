import type { Migration } from './migration.ts';

/** What was measured of a model's content with one build of the engine; `passport` is JSON. */
export const createPassports: Migration = {
  name: 'passports',
  sql: `
    CREATE TABLE passports (
      sha256 TEXT NOT NULL,
      engine TEXT NOT NULL,
      tested_at TEXT NOT NULL,
      passport TEXT NOT NULL,
      PRIMARY KEY (sha256, engine)
    ) STRICT;
  `,
};
