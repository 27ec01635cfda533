import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSettingsFile } from '#main/storage/index.ts';
import { defaultSettings, settingsSchema } from '#shared/domain/settings.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function prepare(text?: string | Uint8Array) {
  const folder = await createTempFolder();
  const file = path.join(folder, 'settings.json');
  if (text !== undefined) await writeFile(file, text);
  const { logger, lines } = createRecordedLogger();
  const keptCopies = async () => (await readdir(folder)).filter((name) => name !== 'settings.json');
  return { folder, file, logger, lines, keptCopies, open: () => openSettingsFile({ file, logger }) };
}

test('starts with the defaults and writes nothing when there is no file', async () => {
  const { open, folder } = await prepare();
  const store = await open();
  expect(store.get()).toEqual(defaultSettings);
  expect(store.salvage).toBeNull();
  expect(await readdir(folder)).toEqual([]);
});

test('keeps an update over a restart', async () => {
  const { open } = await prepare();
  await (await open()).update({ port: 12000, theme: 'dark' });
  expect((await open()).get()).toEqual({ ...defaultSettings, port: 12000, theme: 'dark' });
});

test('tells subscribers until they leave', async () => {
  const store = await (await prepare()).open();
  const ports: number[] = [];
  const leave = store.subscribe((settings) => ports.push(settings.port));
  await store.update({ port: 12001 });
  leave();
  await store.update({ port: 12002 });
  expect(ports).toEqual([12001]);
});

test('writes updates in the order they were asked for', async () => {
  const { open, file } = await prepare();
  const store = await open();
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.update({ port: 13000 + index })));
  expect(store.get().port).toBe(13019);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ port: 13019 });
});

test('does not undo what another process has changed in between', async () => {
  const { open } = await prepare();
  const [one, two] = [await open(), await open()];
  await Promise.all([
    ...Array.from({ length: 10 }, (_, index) => one.update({ port: 14000 + index })),
    ...Array.from({ length: 10 }, (_, index) => two.update({ idleUnloadMinutes: index })),
  ]);
  expect((await open()).get()).toMatchObject({ port: 14009, idleUnloadMinutes: 9 });
});

test('takes over the lock of a process that died', async () => {
  const { open, file } = await prepare();
  const store = await open();
  await writeFile(`${file}.lock`, '');
  await utimes(`${file}.lock`, new Date(0), new Date(0));
  await store.update({ port: 12003 });
  expect((await open()).get().port).toBe(12003);
});

test('refuses a value that does not fit, names the setting and changes nothing', async () => {
  const { open, file } = await prepare('{"port":12004}');
  const store = await open();
  await expect(store.update({ port: 70_000 })).rejects.toMatchObject({
    code: 'invalid-request',
    data: { param: 'port' },
  });
  await expect(store.update({ prot: 1 } as never)).rejects.toMatchObject({ data: { param: 'prot' } });
  expect(store.get().port).toBe(12004);
  expect(await readFile(file, 'utf8')).toBe('{"port":12004}');
});

test('keeps the good values of a file with a bad one, and the original beside it', async () => {
  const original = '{"version":1,"port":"x","theme":"dark","colour":"red"}';
  const { open, folder, keptCopies, lines } = await prepare(original);
  const store = await open();
  expect(store.get()).toEqual({ ...defaultSettings, theme: 'dark' });
  const [copy = ''] = await keptCopies();
  expect(copy).toMatch(/^settings\.corrupt-\d{8}T\d{9}\.json$/);
  expect(await readFile(path.join(folder, copy), 'utf8')).toBe(original);
  expect(store.salvage).toEqual({ lost: ['colour', 'port'], keptAs: path.join(folder, copy) });
  expect(lines).toMatchObject([{ level: 'warn', lost: ['colour', 'port'] }]);
});

test('a repaired file is clean on the next start', async () => {
  const { open, keptCopies } = await prepare('{"theme":"light"');
  await open();
  const second = await open();
  expect(second.salvage).toBeNull();
  expect(await keptCopies()).toHaveLength(1);
});

test('the file of a newer Impetus is kept whole aside and what fits is used', async () => {
  const original = '{"version":9,"port":12005,"theme":{"name":"sepia"}}';
  const { open, folder, keptCopies } = await prepare(original);
  const store = await open();
  expect(store.get()).toEqual({ ...defaultSettings, port: 12005 });
  const [copy = ''] = await keptCopies();
  expect(copy).toMatch(/^settings\.version-9-/);
  expect(await readFile(path.join(folder, copy), 'utf8')).toBe(original);
});

test('a file cut at any byte gives valid settings and keeps the original', async () => {
  const whole = `${JSON.stringify({ ...defaultSettings, port: 12006, theme: 'dark' })}`;
  for (let length = 0; length < whole.length; length += 7) {
    const { open, folder, keptCopies } = await prepare(whole.slice(0, length));
    const store = await open();
    expect(settingsSchema.safeParse(store.get()).success).toBe(true);
    const [copy = ''] = await keptCopies();
    expect((await stat(path.join(folder, copy))).size).toBe(length);
  }
});

test('any bytes in, valid settings out; what was lost is kept', async () => {
  const random = createRandom(20261121);
  const { open, file, folder, keptCopies } = await prepare();
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(randomContent(random));
    await writeFile(file, bytes);
    const before = new Set(await keptCopies());
    const store = await open();
    expect(settingsSchema.safeParse(store.get()).success).toBe(true);
    const added = (await keptCopies()).filter((name) => !before.has(name));
    expect(added).toHaveLength(store.salvage === null ? 0 : 1);
    for (const name of added) expect(await readFile(path.join(folder, name))).toEqual(bytes);
    expect((await open()).get()).toEqual(store.get());
  }
});

/** Raw bytes, JSON of the wrong shape, or settings with random values in random places. */
function randomContent(random: Random): string | Uint8Array {
  const kind = random.below(3);
  if (kind === 0) return Uint8Array.from({ length: random.below(60) }, () => random.below(256));
  const values = [null, true, 0, -1, 1e300, 'x', '', [], [1], {}, { a: 1 }, 12_000, 'dark', ['https://a.example']];
  if (kind === 1) return JSON.stringify(random.pick(values));
  const keys = [...Object.keys(defaultSettings), '__proto__', 'constructor', 'unknown'];
  const entries = Array.from({ length: random.below(8) }, () => [random.pick(keys), random.pick(values)] as const);
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}
