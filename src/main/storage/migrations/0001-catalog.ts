import type { Migration } from './migration.ts';

/**
 * The library's index of what is on disk. `fingerprint` is the file's size and time of change when it was read;
 * `path` is the name it was found under, `real_path` the same without links.
 */
export const createCatalog: Migration = {
  name: 'catalog',
  sql: `
    CREATE TABLE models (
      id TEXT PRIMARY KEY,
      path TEXT NOT NULL UNIQUE,
      real_path TEXT NOT NULL UNIQUE,
      fingerprint TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      sha256 TEXT,
      facts TEXT NOT NULL,
      trust TEXT NOT NULL CHECK (trust IN ('new', 'proven', 'quarantined')),
      added_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE broken_files (
      path TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      problem TEXT NOT NULL
    ) STRICT;
    CREATE TABLE forgotten_files (path TEXT PRIMARY KEY) STRICT;
  `,
};
