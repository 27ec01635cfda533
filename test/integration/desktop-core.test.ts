import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { findAppFiles } from '#main/app-files.ts';
import { toHomePaths } from '#main/base/index.ts';
import { createUtilityWorkerHost, type UtilityFork } from '#main/desktop/utility-worker-host.ts';
import { followServer, type ServerView } from '#main/desktop/server-view.ts';
import { trayMenu } from '#main/desktop/tray-menu.ts';
import { startDesktopCore } from '#main/desktop-core.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';

const shim = path.resolve(import.meta.dirname, '../support/utility-shim-entry.ts');

/** Electron's `utilityProcess.fork` on plain Node: the child finds `process.parentPort` and nothing else of Node's IPC. */
const forkUtility: UtilityFork = (entry, list, { env }) => {
  const child = fork(entry, list, {
    env,
    execArgv: ['--import', shim],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return Object.assign(child, {
    pid: child.pid,
    postMessage: (message: unknown) => void child.send(message as object),
  });
};

test('the server inside the desktop app serves, answers from a helper process, and ends with the app', async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), 'impetus-desktop-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const paths = toHomePaths(home);
  let quits = 0;
  const core = await startDesktopCore({
    files: findAppFiles(),
    paths,
    run: { port: 0, threads: 1, model: smolModelPath, home },
    workerHost: createUtilityWorkerHost(forkUtility),
    quit: async () => void (quits += 1),
  });
  expect(core.isAttached).toBe(false);

  // The tray over the in-memory transport, as the shell builds it.
  const client = createControlClient(core.transport);
  let view: ServerView = { server: 'connecting', models: [] };
  followServer(client, (next) => (view = next));
  await expect
    .poll(() => (typeof view.server === 'string' ? view.server : view.server.phase), { timeout: 60_000 })
    .toBe('ready');
  const { port } = JSON.parse(await readFile(paths.instance, 'utf8')) as { port: number };
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(() => trayMenu({ ...view, isAttached: false }).map((row) => ('label' in row ? row.label : '')), {
      timeout: 30_000,
    })
    .toContain(`Ready · ${url}`);

  const state = await client.command('models.list', {});
  const loaded = state.find(({ isDefault }) => isDefault)?.status;
  expect(loaded).toMatchObject({ state: 'loaded', placement: 'child' });
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      messages: [{ role: 'user', content: 'Count to one hundred.' }],
      max_tokens: 12,
      temperature: 0,
    }),
  });
  const { usage } = (await answer.json()) as { usage: { completion_tokens: number } };
  expect(usage.completion_tokens).toBe(12);

  // A shutdown over the contract (`impetus stop`) is a request to the shell, which then stops the server.
  await client.command('server.shutdown', {});
  expect(quits).toBe(1);
  const pid = loaded?.state === 'loaded' ? (loaded.pid ?? 0) : 0;
  await core.stop();
  await core.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  await expect(readFile(paths.instance)).rejects.toThrow('ENOENT');
});
