import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const entry = path.resolve(import.meta.dirname, '..', '..', 'src', 'main', 'impetus.ts');

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Process {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  output(): string;
  ended: Promise<Result>;
}

/** The real program in a process of its own. */
function start(home: string, ...argv: string[]): Process {
  const child = spawn(process.execPath, [entry, ...argv], {
    env: { ...process.env, IMPETUS_HOME: home, IMPETUS_THREADS: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Result>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, output: () => stdout, ended };
}

function run(home: string, ...argv: string[]): Promise<Result> {
  return start(home, ...argv).ended;
}

function lastJson({ stdout }: Result): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

test('a model is imported, asked and listed without a server', async () => {
  const home = await createTempFolder();
  const imported = await run(home, 'import', tinyModelPath, '--json');
  expect([imported.code, lastJson(imported)]).toMatchObject([0, { id: 'tiny-random', path: tinyModelPath }]);
  const answer = await run(home, 'run', 'tiny-random', 'Hello', '--max-tokens', '5', '--seed', '1', '--json');
  expect([answer.code, lastJson(answer)]).toMatchObject([
    0,
    { model: 'tiny-random', seed: 1, usage: { completionTokens: 5 }, finishReason: 'length' },
  ]);
  const list = await run(home, 'ls', '--json');
  expect([list.code, lastJson(list)]).toMatchObject([0, [{ id: 'tiny-random', status: { state: 'unloaded' } }]]);
  expect(await run(home, 'ps')).toMatchObject({ code: 0, stdout: '' });
  const unknown = await run(home, 'run', 'tiny-randon', 'Hello');
  expect(unknown.code).toBe(4);
  expect(unknown.stderr).toContain('tiny-random');
});

test('a running server is found, used, shown and stopped', async () => {
  const home = await createTempFolder();
  const server = start(home, 'serve', '--port', String(await freePort()), '--model', tinyModelPath);
  await eventually(() => expect(server.output()).toMatch(/^Impetus is ready at http:\/\/127\.0\.0\.1:\d+\n/m), 60_000);
  const [, baseUrl = ''] = /ready at (\S+)/.exec(server.output()) ?? [];
  expect(((await stat(path.join(home, 'run', 'control-token'))).mode & 0o777).toString(8)).toBe('600');

  const answer = await run(home, 'run', 'tiny-random', 'Hello', '--max-tokens', '5', '--json');
  expect([answer.code, lastJson(answer)]).toMatchObject([0, { usage: { completionTokens: 5 } }]);
  expect(lastJson(await run(home, 'ps', '--json'))).toMatchObject([{ id: 'tiny-random', status: { state: 'loaded' } }]);
  expect(await run(home, 'serve')).toMatchObject({ code: 0, stdout: `Impetus is ready at ${baseUrl}\n` });

  const { url } = lastJson(await run(home, 'ui', '--json')) as { url: string };
  expect(url.startsWith(`${baseUrl}/ui?code=`)).toBe(true);
  const entrance = await fetch(url, { redirect: 'manual' });
  expect([entrance.status, entrance.headers.get('location')]).toEqual([303, '/ui/']);
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(401);

  expect(await run(home, 'stop', 'tiny-random')).toMatchObject({ code: 0 });
  expect(lastJson(await run(home, 'ps', '--json'))).toEqual([]);
  expect(lastJson(await run(home, 'stop', '--json'))).toMatchObject({ stopped: true, pid: server.child.pid });
  expect((await server.ended).code).toBe(0);
  expect((await run(home, 'stop')).code).toBe(3);
});

test('a port that is taken ends the start with exit code 3', async () => {
  const home = await createTempFolder();
  const other = await createTempFolder();
  const port = String(await freePort());
  const first = start(home, 'serve', '--port', port, '--model', 'none');
  await eventually(() => expect(first.output()).toContain('Impetus is ready at'), 60_000);
  const second = await run(other, 'serve', '--port', port, '--model', 'none');
  expect(second.code).toBe(3);
  expect(second.stderr).toContain(String(first.child.pid));
  first.child.kill('SIGTERM');
  expect((await first.ended).code).toBe(0);
});

test('Ctrl-C during an answer ends with exit code 130', async () => {
  const home = await createTempFolder();
  const asking = start(home, 'run', smolModelPath, 'Write a long story.', '--temperature', '0');
  await eventually(() => expect(asking.output().length).toBeGreaterThan(0), 60_000);
  asking.child.kill('SIGINT');
  expect((await asking.ended).code).toBe(130);
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
