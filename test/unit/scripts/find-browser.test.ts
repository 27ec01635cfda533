import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { obtainBrowser } from '#scripts/test/find-browser.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';

/** A machine whose PATH holds only the given commands, and a Playwright that runs the given script. */
async function prepare(commands: Record<string, string>, playwright = 'process.exit(1)') {
  const root = await createTempFolder();
  const bin = path.join(root, 'bin');
  await mkdir(bin);
  for (const [name, body] of Object.entries(commands)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  const folder = path.join(root, 'node_modules', 'playwright-core');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'cli.js'), playwright);
  const entry = "exports.chromium = { executablePath: () => process.env.PLAYWRIGHT_BROWSERS_PATH + '/chrome' };";
  await writeFile(path.join(folder, 'index.js'), entry);
  const devCache = path.join(root, 'dev-cache');
  return { bin, devCache, request: { root, devCache, nodePath: process.execPath, environment: { PATH: bin } } };
}

test('an installed browser is used as it is', async () => {
  const { bin, request } = await prepare({ 'google-chrome': 'echo Google Chrome 150', chromium: 'echo Chromium 150' });
  expect(await obtainBrowser(request)).toBe(path.join(bin, 'chromium'));
});

test('a "chromium" that cannot run is passed over', async () => {
  const { bin, request } = await prepare({ 'google-chrome': 'exit 0', chromium: 'echo "install it first"; exit 1' });
  expect(await obtainBrowser(request)).toBe(path.join(bin, 'google-chrome'));
});

test('IMPETUS_BROWSER names another one', async () => {
  const { request } = await prepare({ chromium: 'exit 0' });
  const environment = { ...request.environment, IMPETUS_BROWSER: '/opt/my-chrome' };
  expect(await obtainBrowser({ ...request, environment })).toBe('/opt/my-chrome');
});

test("without one, Playwright downloads it into the developers' cache", async () => {
  const download = `
    const fs = require('node:fs');
    const folder = process.env.PLAYWRIGHT_BROWSERS_PATH;
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(folder + '/chrome', process.argv.slice(2).join(' '));`;
  const { devCache, request } = await prepare({}, download);
  expect(await obtainBrowser(request)).toBe(path.join(devCache, 'browsers', 'chrome'));
});

test('as root the last resort is the package of the system', async () => {
  const { bin, request } = await prepare({});
  const chromium = path.join(bin, 'chromium');
  const apt = `[ "$1" = update ] || { echo '#!/bin/sh' > "${chromium}"; /bin/chmod 755 "${chromium}"; }`;
  await writeFile(path.join(bin, 'apt-get'), `#!/bin/sh\n${apt}\n`);
  await chmod(path.join(bin, 'apt-get'), 0o755);
  expect(await obtainBrowser({ ...request, isRoot: true })).toBe(chromium);
});

test('without root nothing is installed and it says what to install', async () => {
  const { request } = await prepare({ 'apt-get': 'exit 0' });
  await expect(obtainBrowser({ ...request, isRoot: false })).rejects.toMatchObject({
    line: 'The tests need a browser. Install Chrome or Chromium and run npm test again.',
  });
});
