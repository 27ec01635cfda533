import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureBuild } from '#scripts/setup/ensure-build.mjs';
import { fingerprintSources, hashSources } from '#scripts/setup/source-hash.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { createRecordedReporter } from './recorded-reporter.ts';

const buildBody = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
process.send({ target: 'headless', done: 0, total: 1 });
appendFileSync('build.log', 'built\\n');
mkdirSync('dist/headless', { recursive: true });
writeFileSync('dist/headless/headless.js', '');
process.disconnect();
`;

/** A checkout of two source files and a build script that writes down each run. */
async function prepare(body = buildBody) {
  const root = await createTempFolder();
  await mkdir(path.join(root, 'src', 'main'), { recursive: true });
  await mkdir(path.join(root, 'scripts'));
  await writeFile(path.join(root, 'src', 'main', 'app.ts'), 'export const answer = 41;\n');
  await writeFile(path.join(root, 'scripts', 'build.mjs'), body);
  await writeFile(path.join(root, 'package-lock.json'), '{}');
  const reporter = createRecordedReporter();
  const builds = async () =>
    (await readFile(path.join(root, 'build.log'), 'utf8').catch(() => '')).split('\n').length - 1;
  const request = { root, cacheFolder: path.join(root, '.cache'), nodePath: process.execPath, reporter };
  return { root, builds, request, reporter, source: path.join(root, 'src', 'main', 'app.ts') };
}

test('builds once and never again while the sources are the same', async () => {
  const { builds, request, reporter } = await prepare();
  expect([await ensureBuild(request), await ensureBuild(request)]).toEqual(['built', 'fresh']);
  expect(await builds()).toBe(1);
  expect(reporter.lines).toEqual(['Building: done']);
});

test.each(['src/main/app.ts', 'src/main/new.ts', 'package-lock.json', 'scripts/build.mjs'])(
  'a change of %s rebuilds',
  async (file) => {
    const { root, builds, request } = await prepare();
    await ensureBuild(request);
    await writeFile(path.join(root, file), `${buildBody}\n// changed\n`);
    expect(await ensureBuild(request)).toBe('built');
    expect(await builds()).toBe(2);
  },
);

test('a removed source rebuilds', async () => {
  const { builds, request, source } = await prepare();
  await ensureBuild(request);
  await rm(source);
  await ensureBuild(request);
  expect(await builds()).toBe(2);
});

test('a source that was only touched does not rebuild, and is not read again', async () => {
  const { root, builds, request, source } = await prepare();
  await ensureBuild(request);
  await utimes(source, new Date(), new Date(Date.now() + 60_000));
  expect(await ensureBuild(request)).toBe('fresh');
  expect(await builds()).toBe(1);
  const stamp = JSON.parse(await readFile(path.join(root, '.cache', 'build.json'), 'utf8')) as { fingerprint: string };
  expect(stamp.fingerprint).toBe(fingerprintSources(root));
});

test('a missing output rebuilds', async () => {
  const { root, builds, request } = await prepare();
  await ensureBuild(request);
  await rm(path.join(root, 'dist'), { recursive: true });
  await ensureBuild(request);
  expect(await builds()).toBe(2);
});

test('a build that fails says why and is tried again', async () => {
  const { request, root } = await prepare(`console.error('app.ts: 41 is not the answer'); process.exit(1);`);
  await expect(ensureBuild(request)).rejects.toThrow('app.ts: 41 is not the answer');
  await writeFile(path.join(root, 'scripts', 'build.mjs'), buildBody);
  expect(await ensureBuild(request)).toBe('built');
});

test('two builds at once run one after the other, the second finding all done', async () => {
  const { builds, request } = await prepare();
  const results = await Promise.all([ensureBuild(request), ensureBuild(request)]);
  expect(results.sort()).toEqual(['built', 'fresh']);
  expect(await builds()).toBe(1);
});

test('the hash follows names and contents, not times', async () => {
  const { root, source } = await prepare();
  const before = hashSources(root);
  await utimes(source, new Date(), new Date(Date.now() + 60_000));
  expect(hashSources(root)).toBe(before);
  await writeFile(source, 'export const answer = 42;\n');
  expect(hashSources(root)).not.toBe(before);
  expect(existsSync(path.join(root, 'dist'))).toBe(false);
});
