import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createTestHome, writeModelFile } from '#test/support/open-test-library.ts';

async function prepare(written?: string) {
  const home = await createTestHome();
  await writeModelFile(path.join(home.paths.models, 'm.gguf'), 'M');
  const file = path.join(home.paths.modelSettings, 'm.json');
  await mkdir(home.paths.modelSettings, { recursive: true });
  if (written !== undefined) await writeFile(file, written);
  return { home, file, ...(await home.open()) };
}

test('nothing is set for a model without a file', async () => {
  const { library } = await prepare();
  expect(library.modelSettings('m')).toEqual({ load: {}, sampling: {}, aliases: [] });
});

test('settings are kept in the model’s own file and over a restart', async () => {
  const { library, close, home, file } = await prepare();
  await library.updateModelSettings('m', { load: { contextSize: 4096 }, sampling: { temperature: 0.2 } });
  await library.updateModelSettings('m', { aliases: ['Fast'] });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    load: { contextSize: 4096 },
    sampling: { temperature: 0.2 },
    aliases: ['Fast'],
  });
  await close();
  const again = await home.open();
  expect(again.library.modelSettings('m').load).toEqual({ contextSize: 4096 });
  expect(again.library.resolve('fast').id).toBe('m');
});

test('an alias given by hand in the file is known after a rescan', async () => {
  const { library, file } = await prepare();
  await writeFile(file, '{"aliases":["by-hand"]}');
  await library.rescan();
  expect(library.resolve('by-hand').id).toBe('m');
});

test('a value that does not fit is refused by name and changes nothing', async () => {
  const { library } = await prepare();
  await library.updateModelSettings('m', { sampling: { topK: 5 } });
  await expect(library.updateModelSettings('m', { sampling: { topP: 7 } })).rejects.toMatchObject({
    code: 'invalid-request',
    data: { param: 'sampling.topP' },
  });
  expect(library.modelSettings('m').sampling).toEqual({ topK: 5 });
  await expect(library.updateModelSettings('nobody', {})).rejects.toMatchObject({ code: 'model-not-found' });
});

test('a damaged file costs only the damaged part, and the original is kept', async () => {
  const damaged = '{"load":{"slots":999},"sampling":{"seed":7},"colour":"red"}';
  const { library, home } = await prepare(damaged);
  expect(library.modelSettings('m')).toEqual({ load: {}, sampling: { seed: 7 }, aliases: [] });
  const kept = (await readdir(home.paths.modelSettings)).filter((name) => name.startsWith('m.corrupt-'));
  expect(kept).toHaveLength(1);
  expect(await readFile(path.join(home.paths.modelSettings, kept[0] ?? ''), 'utf8')).toBe(damaged);
  await library.rescan();
  expect(await readdir(home.paths.modelSettings)).toHaveLength(2);
});

test('a file that is no JSON is kept aside and nothing is set', async () => {
  const { library, lines } = await prepare('{').then(({ library, home }) => ({ library, lines: home.lines }));
  expect(library.modelSettings('m')).toEqual({ load: {}, sampling: {}, aliases: [] });
  expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([{ lost: ['(file)'] }]);
});
