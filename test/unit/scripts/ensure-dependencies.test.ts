import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureDependencies } from '#scripts/setup/ensure-dependencies.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { createRecordedReporter } from './recorded-reporter.ts';

const lockfileOf = (version: string) =>
  JSON.stringify({ packages: { '': { version: '0.1.0' }, 'node_modules/zod': { version } } });

/** A checkout whose npm writes down how it was called and installs what the lockfile names. */
async function prepare(npmBody = installBody) {
  const root = await createTempFolder();
  const npm = path.join(root, 'npm-cli.js');
  await writeFile(npm, npmBody);
  await writeFile(path.join(root, 'package-lock.json'), lockfileOf('4.0.0'));
  const reporter = createRecordedReporter();
  const environment = { ...process.env, npm_execpath: npm };
  const calls = async () =>
    (await readFile(path.join(root, 'npm.log'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);
  return { root, calls, reporter, request: { root, cacheFolder: path.join(root, '.cache'), environment, reporter } };
}

const installBody = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
fs.mkdirSync('node_modules/zod', { recursive: true });
fs.writeFileSync('node_modules/zod/package.json', '{}');
fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

test('installs once, without install scripts, and never again while the lockfile is the same', async () => {
  const { calls, request, reporter } = await prepare();
  expect(await ensureDependencies(request)).toBe('installed');
  expect(await ensureDependencies(request)).toBe('fresh');
  expect(await calls()).toEqual(['ci --ignore-scripts --no-audit --no-fund --loglevel=error']);
  expect(reporter.lines).toEqual(['Installing packages: done']);
});

test('a changed lockfile installs again', async () => {
  const { root, calls, request } = await prepare();
  await ensureDependencies(request);
  await writeFile(path.join(root, 'package-lock.json'), lockfileOf('4.0.1'));
  expect(await ensureDependencies(request)).toBe('installed');
  expect(await calls()).toHaveLength(2);
});

test('a lockfile that was only touched installs nothing', async () => {
  const { root, request } = await prepare();
  await ensureDependencies(request);
  await utimes(path.join(root, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000));
  expect(await ensureDependencies(request)).toBe('fresh');
});

test('packages that the user installed by hand are taken as they are', async () => {
  const { root, calls, request } = await prepare();
  await mkdir(path.join(root, 'node_modules'));
  await writeFile(path.join(root, 'node_modules', '.package-lock.json'), lockfileOf('4.0.0'));
  expect(await ensureDependencies(request)).toBe('fresh');
  expect(await calls()).toEqual([]);
});

test('packages of another version are replaced', async () => {
  const { root, request } = await prepare();
  await mkdir(path.join(root, 'node_modules'));
  await writeFile(path.join(root, 'node_modules', '.package-lock.json'), lockfileOf('3.9.9'));
  expect(await ensureDependencies(request)).toBe('installed');
});

test('a package without a lockfile has nothing to install', async () => {
  const { root, request } = await prepare();
  await writeFile(path.join(root, 'package.json'), '{}');
  const bare = path.join(root, 'bare');
  await mkdir(bare);
  expect(await ensureDependencies({ ...request, root: bare })).toBe('fresh');
});

test('says what npm said when it fails, and tries again the next time', async () => {
  const { request, root } = await prepare(
    `console.error('npm error code ENOTFOUND\\nnpm error network request failed, reason: no such host\\nnpm error A complete log of this run'); process.exit(1);`,
  );
  await expect(ensureDependencies(request)).rejects.toMatchObject({
    line: 'npm ci failed with code 1: network request failed, reason: no such host. Check the network and the npm registry setting, then run the command again.',
  });
  await writeFile(path.join(root, 'npm-cli.js'), installBody);
  expect(await ensureDependencies(request)).toBe('installed');
});

test('an interrupted installation ends npm and counts as not done', async () => {
  const { request, root } = await prepare(`
    require('node:fs').writeFileSync('npm.pid', String(process.pid));
    setInterval(() => {}, 1000);
  `);
  const controller = new AbortController();
  const running = ensureDependencies({ ...request, signal: controller.signal });
  const pidFile = path.join(root, 'npm.pid');
  await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), { timeout: 10_000 }).not.toBe('');
  controller.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  const pid = Number(await readFile(pidFile, 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
