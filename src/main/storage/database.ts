import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Logger } from '../base/index.ts';
import { toFileError } from './file-error.ts';
import { keepAside } from './keep-aside.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';

export interface DatabaseOptions {
  /** Absolute path; need not exist. */
  file: string;
  logger: Pick<Logger, 'warn'>;
  /** Steps of the schema; default: all of them. */
  steps?: readonly Migration[];
}

type SqlValue = string | number | null;
export type SqlRow = Record<string, unknown>;

/** One open SQLite database. Calls are synchronous and short; nothing here waits for a network or an engine. */
export interface Database {
  /** The rows a query gives. `values` stand for its question marks. */
  all(sql: string, ...values: SqlValue[]): SqlRow[];
  /** Changes something. Errors: `disk-full`, else `internal`; nothing has changed then. */
  run(sql: string, ...values: SqlValue[]): void;
  /** Runs `work` in one transaction: all of it is kept, or nothing when it throws. Must not be nested. */
  transaction<Result>(work: () => Result): Result;
  /** Where an unusable database was moved when this one was opened; null when all was well. */
  readonly movedAside: string | null;
  /** Idempotent. */
  close(): void;
}

const busyTimeoutMs = 5_000;
/** Kept answers hold prompts; the write-ahead files take over the mode of the database. */
const ownerOnly = 0o600;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damageCodes = new Set([11, 26]);
/** SQLITE_FULL. */
const fullCode = 13;

/**
 * Opens the database, checks it and brings its schema up to date. A damaged file is moved to
 * `impetus.corrupt-<time>.db`, one written by a newer Impetus to `impetus.version-<n>-<time>.db`; a fresh one is made
 * and the log says so. Throws `internal` or `disk-full` when the file cannot be opened or written.
 */
export function openDatabase({ file, logger, steps = migrations }: DatabaseOptions): Database {
  const first = tryOpen(file, steps);
  if (!('label' in first)) return new SqliteDatabase(file, { ...first, movedAside: null });
  const movedAside = moveAside(file, first.label);
  logger.warn(
    { room: 'storage', reason: first.reason, movedAside },
    'The database could not be used: a new one is made.',
  );
  const second = tryOpen(file, steps);
  if ('label' in second) throw toFileError(new Error(second.reason), { file, action: 'created' });
  return new SqliteDatabase(file, { ...second, movedAside });
}

type Opened = { connection: DatabaseSync } | { label: string; reason: string };

function tryOpen(file: string, steps: readonly Migration[]): Opened {
  let connection: DatabaseSync | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    connection = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    if (existsSync(file)) chmodSync(file, ownerOnly);
    const verdict = connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') return closeAs(connection, { label: 'corrupt', reason: String(verdict) });
    const version = readVersion(connection);
    if (version > steps.length) {
      return closeAs(connection, { label: `version-${version}`, reason: `It has version ${version}.` });
    }
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(connection, steps);
    return { connection };
  } catch (error) {
    connection?.close();
    if (isDamage(error)) return { label: 'corrupt', reason: error.message };
    throw toDatabaseError(error, { file, action: 'opened' });
  }
}

function closeAs(connection: DatabaseSync, outcome: { label: string; reason: string }): Opened {
  connection.close();
  return outcome;
}

function isDamage(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && damageCodes.has(Number(error.errcode) & 0xff);
}

function readVersion(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Each step in its own transaction together with the new version. The version is read inside: two may start at once. */
function migrate(connection: DatabaseSync, steps: readonly Migration[]): void {
  for (;;) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      const version = readVersion(connection);
      const step = steps[version];
      if (step) connection.exec(`${step.sql}; PRAGMA user_version = ${version + 1};`);
      connection.exec('COMMIT');
      if (!step) return;
    } catch (error) {
      connection.exec('ROLLBACK');
      throw error;
    }
  }
}

/** The write-ahead files belong to the database and move with it. */
function moveAside(file: string, label: string): string {
  const target = keepAside(file, { label, time: new Date() });
  try {
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(file + suffix)) renameSync(file + suffix, target + suffix);
    }
    return target;
  } catch (error) {
    throw toFileError(error, { file, action: 'moved aside' });
  }
}

class SqliteDatabase implements Database {
  readonly movedAside: string | null;
  readonly #file: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string, { connection, movedAside }: { connection: DatabaseSync; movedAside: string | null }) {
    this.#file = file;
    this.#connection = connection;
    this.movedAside = movedAside;
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    return this.#guard('read', () => this.#prepare(sql).all(...values));
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#guard('written', () => this.#prepare(sql).run(...values));
  }

  transaction<Result>(work: () => Result): Result {
    this.#guard('written', () => this.#connection.exec('BEGIN IMMEDIATE'));
    try {
      const result = work();
      this.#guard('written', () => this.#connection.exec('COMMIT'));
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<Result>(action: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(error, { file: this.#file, action });
    }
  }
}

function toDatabaseError(error: unknown, { file, action }: { file: string; action: string }): AppError {
  const isFull = error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === fullCode;
  return toFileError(isFull ? Object.assign(new Error(error.message), { code: 'ENOSPC' }) : error, { file, action });
}
