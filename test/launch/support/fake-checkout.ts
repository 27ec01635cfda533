import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTempFolder } from '#test/support/temp-folder.ts';

const repository = path.resolve(import.meta.dirname, '..', '..', '..');
const fakeApp = path.join(import.meta.dirname, 'fake-app.mjs');

export interface FakeCheckout {
  root: string;
  home: string;
  /** Events of the fake app, one per line. */
  log(): Promise<string[]>;
  environment: NodeJS.ProcessEnv;
}

/**
 * A checkout with the real scripts and the fake app in place of the built one. It has no sources and no lockfile, so
 * that nothing is installed or built.
 */
export async function createFakeCheckout(): Promise<FakeCheckout> {
  const root = await createTempFolder();
  const logFile = path.join(root, 'app.log');
  for (const entry of ['package.json', 'resources', 'scripts/setup', 'scripts/start.mjs', 'scripts/impetus.mjs']) {
    await cp(path.join(repository, entry), path.join(root, entry), { recursive: true });
  }
  await mkdir(path.join(root, 'dist', 'headless'), { recursive: true });
  for (const name of ['headless.js', 'impetus.js']) await cp(fakeApp, path.join(root, 'dist', 'headless', name));
  return {
    root,
    home: path.join(root, 'home'),
    log: async () => (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean),
    environment: cleanEnvironment({ FAKE_APP_LOG: logFile }),
  };
}

/** A desktop binary: the fake app with its own manners, started as Electron is (`electron FOLDER FLAGS`). */
export async function writeFakeElectron(checkout: FakeCheckout, manners: string): Promise<string> {
  const file = path.join(checkout.root, 'fake-electron');
  const script = `#!/bin/sh\nFAKE_APP=${manners} exec "${process.execPath}" "${fakeApp}" desktop "$@"\n`;
  await writeFile(file, script);
  await chmod(file, 0o755);
  return file;
}

/** The test runner's environment without what npm and a desktop would have left in it. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_|^(INIT_CWD|DISPLAY|WAYLAND_DISPLAY|IMPETUS_(?!DEV_CACHE$).*|VITEST.*|NODE_OPTIONS|FORCE_COLOR)$/.test(
        name,
      ),
  );
  return { ...Object.fromEntries(kept), ...extra };
}
