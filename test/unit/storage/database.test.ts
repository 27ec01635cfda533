import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '#main/storage/index.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

async function prepare() {
  const folder = await createTempFolder();
  const file = path.join(folder, 'impetus.db');
  const { logger, lines } = createRecordedLogger();
  return { folder, file, lines, open: () => openDatabase({ file, logger }) };
}

function tableNames(database: ReturnType<typeof openDatabase>): unknown[] {
  return database.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map((row) => row['name']);
}

test(
  'enforces foreign keys',
  verifies(['S1-08'], { breaks: 'src/main/storage/database.ts#openDatabase' }, async () => {
    const database = (await prepare()).open();
    expect(database.all('PRAGMA foreign_keys')).toMatchObject([{ foreign_keys: 1 }]);
    database.close();
  }),
);

test('writes ahead and waits for another writer', async () => {
  const database = (await prepare()).open();
  expect(database.all('PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
  expect(database.all('PRAGMA busy_timeout')).toMatchObject([{ timeout: 5000 }]);
  database.close();
});

test('creates the tables once and keeps rows over a restart', async () => {
  const { open } = await prepare();
  const first = open();
  first.run('INSERT INTO forgotten_files (path) VALUES (?)', '/a.gguf');
  first.close();
  const second = open();
  expect(tableNames(second)).toEqual(expect.arrayContaining(['broken_files', 'forgotten_files', 'models']));
  expect(second.all('SELECT path FROM forgotten_files')).toMatchObject([{ path: '/a.gguf' }]);
  expect(second.movedAside).toBeNull();
  second.close();
});

test('only its owner can read the file, whoever made it', async () => {
  // Windows knows no such modes: its files lie in the user's own folder.
  const mode = process.platform === 'win32' ? 0o666 : 0o600;
  const { file } = await prepare();
  writeFileSync(file, '', { mode: 0o644 });
  const { logger } = createRecordedLogger();
  const database = openDatabase({ file, logger });
  database.run("INSERT INTO forgotten_files (path) VALUES ('x')");
  for (const suffix of ['', '-wal']) expect(statSync(file + suffix).mode & 0o777).toBe(mode);
  database.close();
});

test(
  'migrations go forward once, from nothing and from an older version, however often it is opened',
  verifies(['S1-09'], { breaks: 'src/main/storage/database.ts#openDatabase' }, async () => {
    const { file } = await prepare();
    const { logger, lines } = createRecordedLogger();
    const steps = [
      { name: 'notes', sql: 'CREATE TABLE notes (text TEXT NOT NULL)' },
      { name: 'their authors', sql: "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'" },
    ];
    const openAt = (version: number) => openDatabase({ file, logger, steps: steps.slice(0, version) });
    const versionOf = (database: ReturnType<typeof openDatabase>) => database.all('PRAGMA user_version');
    for (const _time of [1, 2]) {
      const database = openAt(1);
      expect(versionOf(database)).toMatchObject([{ user_version: 1 }]);
      expect(tableNames(database)).toEqual(['notes']);
      database.close();
    }
    const old = openAt(1);
    old.run('INSERT INTO notes (text) VALUES (?)', 'kept');
    old.close();
    for (const _time of [1, 2]) {
      const database = openAt(2);
      expect(versionOf(database)).toMatchObject([{ user_version: 2 }]);
      expect(database.all('SELECT * FROM notes')).toMatchObject([{ text: 'kept', author: 'nobody' }]);
      expect(database.movedAside).toBeNull();
      database.close();
    }
    expect(lines).toEqual([]);
  }),
);

test('rolls a failed transaction back', async () => {
  const database = (await prepare()).open();
  expect(() =>
    database.transaction(() => {
      database.run('INSERT INTO forgotten_files (path) VALUES (?)', '/a.gguf');
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(database.all('SELECT count(*) AS count FROM forgotten_files')).toMatchObject([{ count: 0 }]);
  database.close();
});

test('a full disk is a typed error and changes nothing', async () => {
  const database = (await prepare()).open();
  const [{ page_count: pages } = {}] = database.all('PRAGMA page_count');
  database.all(`PRAGMA max_page_count = ${Number(pages)}`);
  const insert = () =>
    database.transaction(() => {
      database.run('INSERT INTO forgotten_files (path) VALUES (?)', 'small');
      database.run('INSERT INTO forgotten_files (path) VALUES (?)', 'x'.repeat(100_000));
    });
  expect(insert).toThrow(expect.objectContaining({ code: 'disk-full', hint: expect.any(String) as string }));
  expect(database.all('SELECT * FROM forgotten_files')).toEqual([]);
  database.close();
});

test('a closed database says so with its name', async () => {
  const database = (await prepare()).open();
  database.close();
  database.close();
  expect(() => database.all('SELECT 1')).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('a failed migration changes nothing and says which file', async () => {
  const { folder } = await prepare();
  const file = path.join(folder, 'other.db');
  const { logger } = createRecordedLogger();
  const good = { name: 'good', sql: 'CREATE TABLE a (x)' };
  openDatabase({ file, logger, steps: [good] }).close();
  const bad = { name: 'bad', sql: 'CREATE TABLE b (x); CREATE TABLE a (x)' };
  expect(() => openDatabase({ file, logger, steps: [good, bad] })).toThrow(/other\.db could not be opened/);
  const database = openDatabase({ file, logger, steps: [good] });
  expect(tableNames(database)).toEqual(['a']);
  database.close();
});

test.each([
  ['text', () => Buffer.from('not a database '.repeat(400))],
  ['zeros', () => Buffer.alloc(16_384)],
  ['a header with rubbish behind', (whole: Buffer) => Buffer.concat([whole.subarray(0, 100), Buffer.alloc(8000, 7)])],
  ['a file cut in the middle', (whole: Buffer) => whole.subarray(0, 6000)],
])('moves a damaged file aside and starts afresh: %s', async (_name, damage) => {
  const { folder, file, lines, open } = await prepare();
  const healthy = open();
  healthy.run("INSERT INTO forgotten_files (path) VALUES ('/a.gguf')");
  healthy.all('PRAGMA wal_checkpoint(TRUNCATE)');
  healthy.close();
  const damaged = damage(readFileSync(file));
  writeFileSync(file, damaged);
  const database = open();
  const [kept = ''] = readdirSync(folder).filter((name) => /^impetus\.corrupt-\d{8}T\d{9}\.db$/.test(name));
  expect(readFileSync(path.join(folder, kept))).toEqual(damaged);
  expect(database.movedAside).toBe(path.join(folder, kept));
  expect(lines).toMatchObject([{ level: 'warn', movedAside: path.join(folder, kept) }]);
  expect(tableNames(database)).toEqual(expect.arrayContaining(['broken_files', 'forgotten_files', 'models']));
  database.close();
});

test('an empty file becomes a database', async () => {
  const { file, open } = await prepare();
  open().close();
  truncateSync(file, 0);
  const database = open();
  expect(tableNames(database)).toContain('models');
  expect(database.movedAside).toBeNull();
  database.close();
});

test('the database of a newer Impetus is moved aside whole', async () => {
  const { folder, open } = await prepare();
  const newer = open();
  newer.run('PRAGMA user_version = 40');
  newer.close();
  const database = open();
  expect(readdirSync(folder).some((name) => name.startsWith('impetus.version-40-'))).toBe(true);
  expect(tableNames(database)).toContain('models');
  database.close();
});

test('a folder in the place of the file is named in the error and left alone', async () => {
  const { folder } = await prepare();
  const { logger } = createRecordedLogger();
  expect(() => openDatabase({ file: folder, logger })).toThrow(/could not be opened/);
  expect(readdirSync(folder)).toEqual([]);
});
