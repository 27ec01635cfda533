import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isAlive } from '#scripts/setup/file-lock.mjs';
import { createFakeCheckout, writeFakeElectron, type FakeCheckout } from './support/fake-checkout.ts';
import { processesOfGroup, runProcess } from './support/run-process.ts';

const readyPattern = /^Impetus is ready at http:\/\/127\.0\.0\.1:(\d+)$/m;

function npmStart({ root, home, environment }: FakeCheckout, flags: string[] = [], extra: NodeJS.ProcessEnv = {}) {
  const commandArguments = ['start', '--silent', '--', '--home', home, '--port', '0', '--model', 'none', ...flags];
  return runProcess('npm', commandArguments, { cwd: root, env: { ...environment, ...extra } });
}

const readyLinesOf = (output: string) => output.split('\n').filter((line) => readyPattern.test(line)).length;

describe.skipIf(process.platform === 'win32')('ending', () => {
  test("SIGTERM to npm's own pid drains the app and leaves no process of the group", async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout, ['--headless'], { FAKE_APP: 'slow-drain' });
    await npm.waitFor(readyPattern);
    const started = Date.now();
    npm.kill('SIGTERM');
    await npm.exited;
    expect(processesOfGroup(npm.pid)).toEqual([]);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect((await checkout.log()).slice(1)).toEqual(['draining after SIGTERM', 'stopped']);
  });

  test('a start script that is killed takes the app with it', async () => {
    const checkout = await createFakeCheckout();
    const script = runProcess(
      process.execPath,
      ['scripts/start.mjs', '--headless', '--model', 'none', '--home', checkout.home, '--port', '0'],
      {
        cwd: checkout.root,
        env: checkout.environment,
      },
    );
    await script.waitFor(readyPattern);
    const appPid = Number((await checkout.log())[0]?.split(' ')[1]);
    script.kill('SIGKILL');
    await expect.poll(() => isAlive(appPid), { timeout: 10_000 }).toBe(false);
    expect((await checkout.log()).at(-1)).toBe('stopped');
  });

  test('a start script whose parent dies drains the app', async () => {
    const checkout = await createFakeCheckout();
    const flags = ['--headless', '--model', 'none', '--home', checkout.home, '--port', '0'].join(' ');
    const shell = runProcess('/bin/sh', ['-c', `"${process.execPath}" scripts/start.mjs ${flags}; true`], {
      cwd: checkout.root,
      env: checkout.environment,
    });
    await shell.waitFor(readyPattern);
    shell.kill('SIGKILL');
    await expect.poll(() => processesOfGroup(shell.pid), { timeout: 10_000 }).toEqual([]);
    expect((await checkout.log()).at(-1)).toBe('stopped');
  });

  test("ends with the app's own exit code", async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout, ['--headless'], { FAKE_APP: 'port-busy' });
    expect(await npm.exited).toBe(3);
    expect(npm.stderr()).toContain('Port 1234 is in use by process 99.');
  });
});

describe.skipIf(process.platform === 'win32')('ready', () => {
  test('the ready line comes once, on standard output, and the flags reach the app as they are', async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout, ['--headless', '--threads', '2']);
    await npm.waitFor(readyPattern);
    npm.kill('SIGTERM');
    await npm.exited;
    expect(readyLinesOf(npm.stdout())).toBe(1);
    expect((await checkout.log())[0]).toMatch(/--home \S+ --port 0 --model none --headless --threads 2$/);
  });

  test('a second start of the same home prints the ready line of the first and ends with 0', async () => {
    const checkout = await createFakeCheckout();
    const first = npmStart(checkout, ['--headless']);
    const [line] = await first.waitFor(readyPattern);
    const second = npmStart(checkout);
    expect(await second.exited).toBe(0);
    expect(second.stdout().trim()).toBe(line);
    expect(await checkout.log()).toHaveLength(1);
  });

  test('with --json the second start says it as one JSON value', async () => {
    const checkout = await createFakeCheckout();
    const first = npmStart(checkout, ['--headless']);
    const [, port] = await first.waitFor(readyPattern);
    const pid = Number((await checkout.log())[0]?.split(' ')[1]);
    const second = npmStart(checkout, ['--json']);
    await second.exited;
    expect(JSON.parse(second.stdout())).toEqual({ url: `http://127.0.0.1:${port}`, pid });
  });

  test('a stale instance file is no running instance', async () => {
    const checkout = await createFakeCheckout();
    const first = npmStart(checkout, ['--headless']);
    await first.waitFor(readyPattern);
    process.kill(-first.pid, 'SIGKILL');
    await first.exited;
    const second = npmStart(checkout, ['--headless']);
    await second.waitFor(readyPattern);
    expect(await checkout.log()).toHaveLength(2);
  });
});

describe.skipIf(process.platform === 'win32')('desktop', () => {
  test('says in one line that there is no display and serves headless', async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout);
    await npm.waitFor(readyPattern);
    expect(npm.stderr().trim()).toBe(
      'No display here: serving without the desktop app, with the same UI in the browser at /ui.',
    );
  });

  test('says in one line that Electron is absent and serves headless', async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout, [], { DISPLAY: ':99' });
    await npm.waitFor(readyPattern);
    expect(npm.stderr().trim()).toBe(
      'The Electron runtime is not available: serving without the desktop app, with the same UI in the browser at /ui.',
    );
  });

  test('an Electron that works is the app: its ready line, its exit code, drained on SIGTERM', async () => {
    const checkout = await createFakeCheckout();
    const electron = await writeFakeElectron(checkout, 'works');
    const npm = npmStart(checkout, [], { DISPLAY: ':99', IMPETUS_ELECTRON: electron });
    await npm.waitFor(readyPattern);
    npm.kill('SIGTERM');
    await npm.exited;
    const log = await checkout.log();
    expect(log[0]).toContain(` desktop ${checkout.root} --home`);
    expect(log.slice(1)).toEqual(['draining after SIGTERM', 'stopped']);
    expect(processesOfGroup(npm.pid)).toEqual([]);
  });

  test('an Electron that crashes is replaced by the headless server, with one line that says why', async () => {
    const checkout = await createFakeCheckout();
    const electron = await writeFakeElectron(checkout, 'crash');
    const npm = npmStart(checkout, [], { DISPLAY: ':99', IMPETUS_ELECTRON: electron });
    await npm.waitFor(readyPattern);
    expect(npm.stderr().trim()).toBe(
      'The desktop app ended with code 7 (the fake app has no wish to run): ' +
        'serving without the desktop app, with the same UI in the browser at /ui.',
    );
    expect(readyLinesOf(npm.stdout())).toBe(1);
    expect(await checkout.log()).toHaveLength(2);
  });

  test('an Electron that cannot be started is replaced too', async () => {
    const checkout = await createFakeCheckout();
    const npm = npmStart(checkout, [], { DISPLAY: ':99', IMPETUS_ELECTRON: '/nowhere/electron' });
    await npm.waitFor(readyPattern);
    expect(npm.stderr()).toContain('The desktop app ended with code 127');
  });
});

describe.skipIf(process.platform === 'win32')('waiting', () => {
  test('an Electron that hangs is ended and reported within its limit', async () => {
    const { launchDesktop } = await import('#scripts/setup/launch-desktop.mjs');
    const checkout = await createFakeCheckout();
    const electron = await writeFakeElectron(checkout, 'hang');
    const result = await launchDesktop({
      electron,
      commandArguments: [checkout.root, '--home', checkout.home],
      cwd: checkout.root,
      home: checkout.home,
      environment: checkout.environment,
      signal: new AbortController().signal,
      limitMs: 1_500,
    });
    expect(result).toEqual({ started: false, reason: 'was not ready within 1.5 s' });
    const pid = Number((await checkout.log())[0]?.split(' ')[1]);
    expect(isAlive(pid)).toBe(false);
  });

  test('an Electron that says nothing counts as started when its /health answers', async () => {
    const { launchDesktop } = await import('#scripts/setup/launch-desktop.mjs');
    const checkout = await createFakeCheckout();
    const electron = await writeFakeElectron(checkout, 'silent');
    const controller = new AbortController();
    const launched = launchDesktop({
      electron,
      commandArguments: [checkout.root, '--home', checkout.home, '--port', '0'],
      cwd: checkout.root,
      home: checkout.home,
      environment: checkout.environment,
      signal: controller.signal,
      limitMs: 1_500,
    });
    await sleep(2_500);
    controller.abort();
    expect(await launched).toEqual({ started: true, code: 0 });
  });
});
