import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { AppError } from '#shared/errors/app-error.ts';
import { encodeGguf, text } from '#test/support/gguf-bytes.ts';
import { changeMetadata, createHostileGgufs } from '#test/support/hostile-gguf.ts';
import { createTestHome, writeModelFile } from '#test/support/open-test-library.ts';
import { verifies } from '#test/support/verifies.ts';

/** Scans in the background end soon; a busy machine may take its time. */
const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

const sha256Digits = /^[0-9a-f]{6}$/;

test('an empty home has no models and says how to add one', async () => {
  const { library } = await (await createTestHome()).open();
  expect(library.list()).toEqual([]);
  expect(() => library.resolve(undefined)).toThrow(
    expect.objectContaining({ code: 'no-default-model', hint: 'Add a model with: impetus import FILE.gguf' }),
  );
});

test('finds the models in the home folder with their ids and aliases', async () => {
  const home = await createTestHome();
  await writeModelFile(path.join(home.paths.models, 'Acme', 'Tiny-GGUF', 'Tiny.F32.gguf'), 'Tiny');
  await writeModelFile(path.join(home.paths.models, 'Acme', 'Tiny-GGUF', '.hidden.gguf'), 'Hidden');
  await writeModelFile(path.join(home.paths.models, 'Acme', 'Tiny-GGUF', 'Half.gguf.part'), 'Half');
  const { library } = await home.open();
  expect(library.list()).toMatchObject([
    {
      id: 'tiny.f32',
      aliases: ['Acme/Tiny-GGUF/F32', 'tiny:f32'],
      sha256: null,
      trust: 'new',
      facts: { name: 'Tiny', quantization: 'F32' },
    },
  ]);
  expect(library.resolve('acme/tiny-gguf/f32').id).toBe('tiny.f32');
});

test('registers a file where it lies and copies nothing', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'My Model.gguf'), 'Mine');
  const { library } = await home.open();
  const record = await library.import(file);
  expect(record).toMatchObject({ id: 'my-model', path: file, sizeBytes: (await stat(file)).size });
  expect(library.resolve(file)).toEqual(record);
  expect(await readdir(home.paths.models)).toEqual([]);
});

test('the hash of a content is read once, kept, and forgotten when the file changes', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'Before');
  const { library } = await home.open();
  await library.import(file);
  let changes = 0;
  library.onChange(() => changes++);
  const signal = new AbortController().signal;
  const expected = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  expect(await library.digest('m', signal)).toBe(expected);
  expect([library.require('m').sha256, changes]).toEqual([expected, 1]);
  await rm(file);
  expect(await library.digest('m', signal)).toBe(expected);
  await writeModelFile(file, 'After, and longer');
  await library.import(file);
  expect(library.require('m').sha256).toBe(null);
  expect(await library.digest('m', signal)).not.toBe(expected);
});

test('hashing ends with its signal, and needs a model and its file', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  await library.import(await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M'));
  const open = new AbortController().signal;
  await expect(library.digest('m', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  await expect(library.digest('n', open)).rejects.toMatchObject({ code: 'model-not-found' });
  await rm(path.join(home.elsewhere, 'm.gguf'));
  await expect(library.digest('m', open)).rejects.toMatchObject({ code: 'model-file-invalid' });
  expect(library.require('m').sha256).toBe(null);
});

test('importing the same file again, or by another name for it, gives the same record', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'a.gguf'), 'A');
  const link = path.join(home.elsewhere, 'b.gguf');
  await symlink(file, link);
  const { library } = await home.open();
  const [first, second] = await Promise.all([library.import(file), library.import(file)]);
  expect(second).toEqual(first);
  expect((await library.import(link)).id).toBe('a');
  expect(library.list()).toHaveLength(1);
});

test('a link keeps the name it was imported by', async () => {
  const home = await createTestHome();
  const blob = await writeModelFile(path.join(home.elsewhere, 'blobs', '4d5e6f'), 'Cached');
  const link = path.join(home.elsewhere, 'Cached.Q8_0.gguf');
  await symlink(blob, link);
  const { library } = await home.open();
  expect(await library.import(link)).toMatchObject({ id: 'cached.q8_0', path: link });
});

test('a different file of the same name gets its checksum behind the id', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  await library.import(await writeModelFile(path.join(home.elsewhere, 'one', 'm.gguf'), 'One'));
  const second = await library.import(await writeModelFile(path.join(home.elsewhere, 'two', 'm.gguf'), 'Two'));
  expect(second.id.slice(0, 2)).toBe('m-');
  expect(second.id.slice(2)).toMatch(sha256Digits);
  expect(second.sha256?.slice(0, 6)).toBe(second.id.slice(2));
  expect(library.list().map(({ id }) => id)).toEqual(['m', second.id]);
});

test('a copy of the same name and content is the same model', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  const first = await library.import(await writeModelFile(path.join(home.elsewhere, 'one', 'm.gguf'), 'Same'));
  const second = await library.import(await writeModelFile(path.join(home.elsewhere, 'two', 'm.gguf'), 'Same'));
  expect({ ...second, sha256: null }).toEqual(first);
  expect(library.list()).toHaveLength(1);
});

test('a file that was moved keeps its id, trust and settings', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  const from = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'Mover');
  await library.import(from);
  library.setTrust('m', 'proven');
  const to = path.join(home.elsewhere, 'new place', 'm.gguf');
  await mkdir(path.dirname(to));
  await rename(from, to);
  expect(await library.import(to)).toMatchObject({ id: 'm', path: to, trust: 'proven' });
  expect(library.list()).toHaveLength(1);
});

test.each([
  ['file:///etc/model.gguf', 'invalid-request'],
  ['https://example.com/m.gguf', 'invalid-request'],
  ['\\\\server\\share\\m.gguf', 'invalid-request'],
  ['//server/share/m.gguf', 'invalid-request'],
  ['', 'invalid-request'],
  ['/nowhere/m.gguf', 'model-file-missing'],
  ['/tmp', 'model-format-unsupported'],
])('import refuses %j', async (file, code) => {
  const { library } = await (await createTestHome()).open();
  await expect(library.import(file)).rejects.toMatchObject({ code, hint: expect.any(String) as string });
  expect(library.list()).toEqual([]);
});

test('tricks of dragged files are refused without following them', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  const tricks: [name: string, content: string][] = [
    ['model.lnk', 'L\0\0\0\x01\x14\x02\0 \\\\server\\share\\m.gguf'],
    ['model.desktop', '[Desktop Entry]\nExec=rm -rf /\n'],
    ['model.url', '[InternetShortcut]\nURL=file://server/share/m.gguf\n'],
  ];
  for (const [name, content] of tricks) {
    const file = path.join(home.elsewhere, name);
    await writeFile(file, content);
    await expect(library.import(file)).rejects.toMatchObject({ code: 'model-format-unsupported' });
  }
  expect(library.list()).toEqual([]);
});

test('a broken file leaves the catalog untouched', async () => {
  const home = await createTestHome();
  const { library } = await home.open();
  await library.import(await writeModelFile(path.join(home.elsewhere, 'good.gguf'), 'Good'));
  const before = library.list();
  const bad = path.join(home.elsewhere, 'bad.gguf');
  for (const { bytes, code } of createHostileGgufs().slice(0, 40)) {
    await writeFile(bad, bytes);
    await expect(library.import(bad)).rejects.toMatchObject({ code });
  }
  expect(library.list()).toEqual(before);
});

test('a cancelled import registers nothing', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M');
  const { library } = await home.open();
  await expect(library.import(file, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  expect(library.list()).toEqual([]);
});

test(
  'models survive a restart with id, trust and checksum',
  verifies(['S3-24'], { breaks: 'src/main/library/catalog.ts#Catalog' }, async () => {
    const home = await createTestHome();
    const first = await home.open();
    await first.library.import(await writeModelFile(path.join(home.elsewhere, 'one', 'm.gguf'), 'One'));
    await first.library.import(await writeModelFile(path.join(home.elsewhere, 'two', 'm.gguf'), 'Two'));
    first.library.setTrust('m', 'proven');
    const before = first.library.list();
    await first.close();
    const second = await home.open();
    expect(second.library.list()).toEqual(before);
    expect(second.library.get('m')?.trust).toBe('proven');
  }),
);

test(
  'an evil file in a model folder is listed as broken; the start and the other models do not mind',
  verifies(['SEC-22'], { breaks: 'src/main/library/rescan.ts#rescan' }, async () => {
    const home = await createTestHome();
    await writeModelFile(path.join(home.paths.models, 'good.gguf'), 'Good');
    const hostile = createHostileGgufs().filter(({ abortsNativeCode }) => abortsNativeCode);
    const [dropped, ...present] = hostile.map(({ bytes, problem }, index) => ({
      ...{ bytes, problem },
      file: path.join(home.paths.models, `evil-${String(hostile.length - index).padStart(2, '0')}.gguf`),
    }));
    if (!dropped) throw new Error('There is no hostile file.');
    for (const { file, bytes } of present) await writeFile(file, bytes);
    const expected = present.map(({ problem }) => problem).reverse();
    for (const start of [1, 2, 3]) {
      const { library, close } = await home.open();
      const problems = () => library.brokenFiles().map(({ problem }) => problem.data?.['problem']);
      expect(library.list().map(({ id }) => id)).toEqual(['good']);
      expect(problems()).toEqual(start < 3 ? expected : [...expected, dropped.problem]);
      if (start === 2) {
        // One more comes while it runs: found by the next look into the folder, refused when it is dragged in.
        await writeFile(dropped.file, dropped.bytes);
        await library.rescan();
        expect(problems()).toEqual([...expected, dropped.problem]);
        await expect(library.import(dropped.file)).rejects.toMatchObject({ data: { problem: dropped.problem } });
        expect(library.list().map(({ id }) => id)).toEqual(['good']);
      }
      await close();
    }
  }),
);

test('an unchanged broken file is not read again, a repaired one is', async () => {
  const home = await createTestHome();
  const file = path.join(home.paths.models, 'm.gguf');
  await writeFile(file, 'GGUF');
  const { library } = await home.open();
  await library.rescan();
  const warnings = () => home.lines.filter(({ problem }) => problem === 'model-file-invalid').length;
  expect(warnings()).toBe(1);
  await writeModelFile(file, 'Repaired');
  await library.rescan();
  expect(library.list().map(({ id }) => id)).toEqual(['m']);
  expect(library.brokenFiles()).toEqual([]);
});

test('a second start opens no file that has not changed', async () => {
  const home = await createTestHome();
  const files = ['a', 'b'].map((name) => path.join(home.paths.models, `${name}.gguf`));
  const someTime = new Date('2026-01-02T03:04:05Z');
  for (const file of files) {
    await writeModelFile(file, path.basename(file));
    await utimes(file, someTime, someTime);
  }
  const { library, close } = await home.open();
  const before = library.list();
  await close();
  for (const file of files) {
    await writeFile(file, Buffer.alloc((await stat(file)).size));
    await utimes(file, someTime, someTime);
  }
  const again = await home.open();
  expect(again.library.list()).toEqual(before);
  expect(again.library.brokenFiles()).toEqual([]);
});

test('a broken file that is deleted is forgotten', async () => {
  const home = await createTestHome();
  const file = path.join(home.paths.models, 'm.gguf');
  await writeFile(file, 'GGUF');
  const { library } = await home.open();
  await rm(file);
  await library.rescan();
  expect(library.brokenFiles()).toEqual([]);
});

test('a vanished file stays listed, is named by resolve, and works again when it is back', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M');
  const { library } = await home.open();
  const record = await library.import(file);
  const away = path.join(home.elsewhere, 'away');
  await rename(file, away);
  expect(() => library.resolve('m')).toThrow(
    expect.objectContaining({ code: 'model-file-missing', message: `The file of m is not there: ${file}.` }),
  );
  expect(library.list()).toHaveLength(1);
  expect(library.require('m')).toEqual(record);
  expect(library.problemOf('m')).toMatchObject({ code: 'model-file-missing', data: { path: file } });
  await rename(away, file);
  expect(library.resolve('m')).toEqual(record);
  expect(library.problemOf('m')).toBeUndefined();
});

test('a file that vanished while Impetus was off is known as missing after the start', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.paths.models, 'm.gguf'), 'M');
  await (await home.open()).close();
  await rm(file);
  const { library } = await home.open();
  expect(library.problemOf('m')).toMatchObject({ code: 'model-file-missing' });
});

test('a file that changed is not used before it has been read again, and counts as new', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'Before');
  const { library } = await home.open();
  await library.import(file);
  library.setTrust('m', 'proven');
  await writeModelFile(file, 'After, and longer');
  expect(() => library.resolve('m')).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ problem: 'changed' }) as object }),
  );
  await waitFor(() =>
    expect(library.resolve('m')).toMatchObject({ trust: 'new', facts: { name: 'After, and longer' } }),
  );
});

test('a file that changed into a hostile one is refused for what it is, and is no longer proven', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M');
  const { library } = await home.open();
  await library.import(file);
  library.setTrust('m', 'proven');
  const healthy = await stat(file);
  await truncate(file, 5000);
  await library.rescan();
  const problem = { code: 'model-file-invalid', data: expect.objectContaining({ problem: 'truncated' }) as object };
  expect(() => library.resolve('m')).toThrow(expect.objectContaining(problem));
  expect(library.problemOf('m')).toMatchObject({ code: 'model-file-invalid' });
  expect(library.get('m')?.trust).toBe('new');
  await writeModelFile(file, 'M');
  await utimes(file, healthy.atime, healthy.mtime);
  await library.rescan();
  expect(library.resolve('m').id).toBe('m');
  expect(library.problemOf('m')).toBeUndefined();
});

test('the default model answers requests without a name, and unknown names only when the user allows it', async () => {
  const home = await createTestHome();
  const { library, settings } = await home.open();
  await library.import(await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M'));
  const resolve = (name: string | undefined) => {
    try {
      return library.resolve(name).id;
    } catch (error) {
      return (error as AppError).code;
    }
  };
  expect(resolve(undefined)).toBe('no-default-model');
  await settings.update({ defaultModel: 'm' });
  expect(resolve(undefined)).toBe('m');
  expect(resolve('gpt-4o')).toBe('model-not-found');
  await settings.update({ fallbackToDefaultModel: true });
  expect(resolve('gpt-4o')).toBe('m');
  expect(() => library.require('gpt-4o')).toThrow(expect.objectContaining({ code: 'model-not-found' }));
  await settings.update({ defaultModel: 'gone' });
  expect(resolve(undefined)).toBe('no-default-model');
});

test('a forgotten model leaves the list, not the disk, and scans leave it alone until it is imported', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.paths.models, 'm.gguf'), 'M');
  const { library, close } = await home.open();
  library.forget('m');
  await library.rescan();
  expect(library.list()).toEqual([]);
  expect((await stat(file)).size).toBeGreaterThan(0);
  await close();
  const again = await home.open();
  expect(again.library.list()).toEqual([]);
  expect((await again.library.import(file)).id).toBe('m');
});

test('a model in memory is not forgotten', async () => {
  const home = await createTestHome();
  await writeModelFile(path.join(home.paths.models, 'm.gguf'), 'M');
  const { library } = await home.open({}, { isInUse: (id) => id === 'm' });
  expect(() => library.forget('m')).toThrow(expect.objectContaining({ code: 'model-in-use' }));
  expect(library.list()).toHaveLength(1);
  expect(() => library.forget('n')).toThrow(expect.objectContaining({ code: 'model-not-found' }));
});

test('looks through the user’s folders at start and when they change', async () => {
  const home = await createTestHome();
  await writeModelFile(path.join(home.elsewhere, 'first', 'a.gguf'), 'A');
  await writeModelFile(path.join(home.elsewhere, 'second', 'b.gguf'), 'B');
  const { library, settings } = await home.open({ modelFolders: [path.join(home.elsewhere, 'first'), '/nowhere'] });
  await waitFor(() => expect(library.list().map(({ id }) => id)).toEqual(['a']));
  await settings.update({ modelFolders: [path.join(home.elsewhere, 'second')] });
  await waitFor(() => expect(library.list().map(({ id }) => id)).toEqual(['a', 'b']));
});

test('a copy in a model folder is not listed twice, and takes over when the first one vanishes', async () => {
  const home = await createTestHome();
  const first = await writeModelFile(path.join(home.paths.models, 'a', 'm.gguf'), 'Same');
  const second = await writeModelFile(path.join(home.paths.models, 'b', 'm.gguf'), 'Same');
  const { library } = await home.open();
  expect(library.list().map((record) => record.path)).toEqual([first]);
  expect(library.brokenFiles()).toEqual([]);
  await rm(first);
  await library.rescan();
  expect(library.resolve('m').path).toBe(second);
  expect(library.problemOf('m')).toBeUndefined();
});

test('a model of several files is one entry', async () => {
  const home = await createTestHome();
  const raw = changeMetadata({ 'general.name': text('Big') });
  const half = Math.floor(raw.tensors.length / 2);
  const split = (index: number): typeof raw.pairs => [
    ['split.no', { type: 'uint32', value: index }],
    ['split.count', { type: 'uint32', value: 2 }],
  ];
  const name = (index: number) => path.join(home.paths.models, `Big-0000${index + 1}-of-00002.gguf`);
  await writeFile(name(0), encodeGguf({ pairs: [...raw.pairs, ...split(0)], tensors: raw.tensors.slice(0, half) }));
  const { library } = await home.open();
  expect(library.brokenFiles()).toMatchObject([{ problem: { code: 'model-file-missing' } }]);
  await writeFile(name(1), encodeGguf({ pairs: split(1), tensors: raw.tensors.slice(half) }));
  await library.rescan();
  expect(library.list()).toMatchObject([{ id: 'big', path: name(0) }]);
  expect((await library.import(name(1))).id).toBe('big');
  expect(library.list()).toHaveLength(1);
});

test('tells listeners about every change until they leave', async () => {
  const home = await createTestHome();
  const file = await writeModelFile(path.join(home.elsewhere, 'm.gguf'), 'M');
  const { library } = await home.open();
  const seen: string[][] = [];
  const leave = library.onChange(() => seen.push(library.list().map(({ id, trust }) => `${id} ${trust}`)));
  await library.import(file);
  library.setTrust('m', 'quarantined');
  library.forget('m');
  leave();
  await library.import(file);
  expect(seen).toEqual([['m new'], ['m quarantined'], []]);
});

test('a changed trust of a forgotten model is no error', async () => {
  const { library } = await (await createTestHome()).open();
  expect(() => library.setTrust('gone', 'proven')).not.toThrow();
});

test('ends a scan when it is closed', async () => {
  const home = await createTestHome();
  for (let index = 0; index < 30; index++) {
    await writeModelFile(path.join(home.elsewhere, `${index}.gguf`), String(index));
  }
  const { library, close } = await home.open({ modelFolders: [home.elsewhere] });
  await close();
  const count = library.list().length;
  await library.rescan();
  expect(library.list()).toHaveLength(count);
});
