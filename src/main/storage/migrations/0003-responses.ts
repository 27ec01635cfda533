import type { Migration } from './migration.ts';

/**
 * Answers that a later request may go on from, each with what was put in (`input`, `response`: JSON). They hold
 * prompts. `used_at` is in ms since 1970 and moves with every answer that goes on from it.
 */
export const createResponses: Migration = {
  name: 'responses',
  sql: `
    CREATE TABLE responses (
      id TEXT PRIMARY KEY,
      previous_id TEXT,
      used_at INTEGER NOT NULL,
      size_bytes INTEGER NOT NULL,
      input TEXT NOT NULL,
      response TEXT NOT NULL
    ) STRICT;
    CREATE INDEX responses_by_use ON responses (used_at);
  `,
};
