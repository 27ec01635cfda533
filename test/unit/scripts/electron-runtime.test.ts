import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findElectron, hasDisplay, obtainElectron } from '#scripts/setup/electron-runtime.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { startFileServer, type FileServerOptions } from './file-server.ts';
import { createRecordedReporter } from './recorded-reporter.ts';

const dayMs = 24 * 3_600_000;

/** A checkout with an electron package whose installer unpacks a "runtime", and a mirror on loopback. */
async function prepare(mirror: Partial<FileServerOptions> = {}, downloader = 'process.exit(0)') {
  const root = await createTempFolder();
  const folder = path.join(root, 'node_modules', 'electron');
  await mkdir(folder, { recursive: true });
  await mkdir(path.join(root, 'scripts', 'setup'), { recursive: true });
  await writeFile(path.join(root, 'scripts', 'setup', 'download-electron.mjs'), downloader);
  await writeFile(path.join(folder, 'package.json'), '{"version":"45.4.1"}');
  await writeFile(path.join(folder, 'install.js'), installer);
  const server = await startFileServer({ content: Buffer.from('zip'), ...mirror });
  const reporter = createRecordedReporter();
  const environment = { ...process.env, ELECTRON_MIRROR: `${server.url}/` };
  const request = { root, cacheFolder: path.join(root, '.cache'), nodePath: process.execPath, environment, reporter };
  return { folder, server, reporter, request };
}

const installer = `
const { mkdirSync, writeFileSync } = require('node:fs');
mkdirSync(__dirname + '/dist');
writeFileSync(__dirname + '/dist/electron', '');
writeFileSync(__dirname + '/path.txt', 'electron');
`;

test('downloads the runtime once', async () => {
  const { request, folder, server, reporter } = await prepare();
  const file = path.join(folder, 'dist', 'electron');
  expect([await obtainElectron(request), await obtainElectron(request)]).toEqual([file, file]);
  expect(server.requests.map((entry) => entry.path)).toEqual([
    `/v45.4.1/electron-v45.4.1-${process.platform}-${process.arch}.zip`,
  ]);
  expect(reporter.lines).toEqual(['Downloading the Electron runtime: done']);
});

test('a mirror that does not have it is asked once a day', async () => {
  const { request, server, reporter } = await prepare({ status: 404 });
  expect(await obtainElectron({ ...request, now: () => 0 })).toBe(undefined);
  expect(await obtainElectron({ ...request, now: () => dayMs - 1 })).toBe(undefined);
  expect(server.requests).toHaveLength(1);
  await obtainElectron({ ...request, now: () => dayMs });
  expect(server.requests).toHaveLength(2);
  expect(reporter.lines).toEqual([]);
});

test('another mirror is asked at once', async () => {
  const { request } = await prepare({ status: 404 });
  const other = await startFileServer({ content: Buffer.from('zip') });
  await obtainElectron(request);
  const environment = { ...request.environment, ELECTRON_MIRROR: other.url };
  expect(await obtainElectron({ ...request, environment })).toBeTypeOf('string');
});

test('a download that fails is told and remembered', async () => {
  const { request, reporter, server } = await prepare({}, 'console.error("checksum mismatch"); process.exit(1)');
  expect(await obtainElectron(request)).toBe(undefined);
  expect(await obtainElectron(request)).toBe(undefined);
  expect(reporter.lines).toEqual(['Downloading the Electron runtime: failed, checksum mismatch']);
  expect(server.requests).toHaveLength(1);
});

test('a checkout without the electron package has none', async () => {
  const root = await createTempFolder();
  expect(findElectron(root, {})).toBe(undefined);
});

test('IMPETUS_ELECTRON names another binary', () => {
  expect(findElectron('/nowhere', { IMPETUS_ELECTRON: '/opt/electron' })).toBe('/opt/electron');
});

test.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['darwin', {}, true],
  ['win32', {}, true],
])('a display on %s with %j: %s', (platform, environment: NodeJS.ProcessEnv, expected) => {
  expect(hasDisplay(environment, platform)).toBe(expected);
});
