import path from 'node:path';
import { expect, test } from 'vitest';
import { PassportShelf } from '#main/passport/index.ts';
import { openDatabase } from '#main/storage/index.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { makePassport } from '#test/support/make-passport.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const { logger } = createRecordedLogger();
const model = { id: 'alpha', sha256: 'a'.repeat(64) };
const passport = makePassport({ engine: 'build 1' });
const newFile = async () => path.join(await createTempFolder(), 'impetus.db');

test('passports outlive a restart; those of another build are shown as such', async () => {
  const file = await newFile();
  const before = openDatabase({ file, logger });
  new PassportShelf({ database: before, engine: 'build 1' }).put(passport);
  before.close();
  const database = openDatabase({ file, logger });
  const same = new PassportShelf({ database, engine: 'build 1' });
  expect(same.find(model)).toEqual(passport);
  expect(same.summaryOf(model)).toEqual({
    testedAt: '2026-11-18T12:00:00.000Z',
    isCurrent: true,
    isComplete: true,
    passed: ['template', 'answer', 'speed', 'json-schema', 'tools-required', 'tools-auto', 'tool-result', 'memory'],
    failed: ['tools-parallel', 'needle'],
    notApplicable: ['reasoning'],
    decodeTokensPerSecond: 71.5,
    prefillTokensPerSecond: 610,
    firstTokenMs: 42,
  });
  const newer = new PassportShelf({ database, engine: 'build 2' });
  expect(newer.find(model)).toEqual(passport);
  expect(newer.summaryOf(model)).toMatchObject({ isCurrent: false });
  database.close();
});

test('each build of the engine has its own, and a second test takes the place of the first', async () => {
  const database = openDatabase({ file: await newFile(), logger });
  const shelf = new PassportShelf({ database, engine: 'build 2' });
  shelf.put(passport);
  shelf.put(makePassport({ engine: 'build 2', end: 'time' }));
  shelf.put(makePassport({ engine: 'build 2', end: 'complete' }));
  expect(shelf.find(model)).toMatchObject({ engine: 'build 2', end: 'complete' });
  expect(database.all('SELECT engine FROM passports ORDER BY engine')).toEqual([
    { engine: 'build 1' },
    { engine: 'build 2' },
  ]);
  database.close();
});

test('other content has no passport, nor has content that was never read', async () => {
  const database = openDatabase({ file: await newFile(), logger });
  const shelf = new PassportShelf({ database, engine: 'build 1' });
  shelf.put(passport);
  expect(shelf.summaryOf({ id: 'alpha', sha256: 'b'.repeat(64) })).toBeUndefined();
  expect(shelf.summaryOf({ id: 'alpha', sha256: null })).toBeUndefined();
  database.close();
});

test('what the table holds of another shape is left out', async () => {
  const database = openDatabase({ file: await newFile(), logger });
  for (const text of ['{', '{"sha256":"x"}', JSON.stringify({ ...passport, checks: [{ id: 'unheard-of' }] })]) {
    database.run(
      'INSERT OR REPLACE INTO passports (sha256, engine, tested_at, passport) VALUES (?, ?, ?, ?)',
      ...(['c'.repeat(64), 'build 1', '', text] as const),
    );
    expect(
      new PassportShelf({ database, engine: 'build 1' }).find({ id: 'alpha', sha256: 'c'.repeat(64) }),
    ).toBeUndefined();
  }
  database.close();
});

test('checks of a load count until there is a whole passport; every change is told', async () => {
  const database = openDatabase({ file: await newFile(), logger });
  const shelf = new PassportShelf({ database, engine: 'build 1', clock: new FakeClock() });
  let changes = 0;
  const unsubscribe = shelf.onChange(() => changes++);
  shelf.noteLoadChecks('alpha', [{ id: 'template', verdict: 'fail', detail: 'No.', figures: {}, durationMs: 1 }]);
  expect(shelf.summaryOf(model)).toMatchObject({
    testedAt: '2026-11-21T12:00:00.000Z',
    isCurrent: true,
    isComplete: false,
    failed: ['template'],
  });
  shelf.put(passport);
  expect(shelf.summaryOf(model)).toMatchObject({ isComplete: true });
  unsubscribe();
  shelf.put(passport);
  expect(changes).toBe(2);
  database.close();
});
