import childProcess from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createNodeWorkerHost, type WorkerProcess } from '#main/base/index.ts';
import { readPipe } from '#main/base/read-pipe.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function spawn(program: string, environment: Record<string, string> = {}): Promise<WorkerProcess> {
  const entry = path.join(await createTempFolder(), 'child.mjs');
  await writeFile(entry, program);
  return createNodeWorkerHost().spawn({ entry, environment, arguments: ['first', 'second'] });
}

const firstMessage = (worker: WorkerProcess): Promise<unknown> =>
  new Promise((resolve) => worker.onMessage((message) => resolve(message)));

describe('a child as a Node process', () => {
  test('gets messages, arguments and environment, and answers', async () => {
    const worker = await spawn(
      `process.on('message', (message) => {
        process.send({ message, arguments: process.argv.slice(2), colour: process.env.COLOUR, flags: process.execArgv });
      });`,
      { COLOUR: 'green' },
    );
    const answer = firstMessage(worker);
    worker.send({ question: 1 });
    expect(await answer).toEqual({
      message: { question: 1 },
      arguments: ['first', 'second'],
      colour: 'green',
      flags: [],
    });
    worker.kill();
    expect(await worker.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    worker.send('nobody hears this');
  });

  test('tells its exit code and the end of what it wrote to standard error', async () => {
    const worker = await spawn(`process.stderr.write('x'.repeat(9000) + '\\nlast words\\n', () => process.exit(7));`);
    const exit = await worker.exited;
    expect({ code: exit.code, signal: exit.signal }).toEqual({ code: 7, signal: null });
    expect(exit.stderrTail).toHaveLength(4000);
    expect(exit.stderrTail.endsWith('\nlast words\n')).toBe(true);
  });

  test('an unsubscribed listener hears no more', async () => {
    const worker = await spawn(`process.on('message', (message) => process.send(message));`);
    const heard: unknown[] = [];
    const unsubscribe = worker.onMessage((message) => heard.push(message));
    const first = firstMessage(worker);
    worker.send(1);
    await first;
    unsubscribe();
    const second = new Promise<void>((resolve) => worker.onMessage((message) => message === 2 && resolve()));
    worker.send(2);
    await second;
    expect(heard).toEqual([1]);
    worker.kill();
    await worker.exited;
  });

  test('a binary that is not there rejects', async () => {
    const host = createNodeWorkerHost({ execPath: '/nowhere/node' });
    await expect(host.spawn({ entry: '/nowhere/child.mjs' })).rejects.toThrow('/nowhere/node');
  });
});

describe('the side pipe', () => {
  test('hands over every byte in order, whatever the sizes', async () => {
    const worker = await spawn(
      `import { writeSync } from 'node:fs';
       const pipe = Number(process.env.IMPETUS_SIDE_PIPE);
       for (let line = 0; line < 3000; line++) {
         const bytes = Buffer.from(String(line) + ':' + 'é'.repeat(line % 200) + '\\n');
         for (let at = 0; at < bytes.length;) at += writeSync(pipe, bytes, at);
       }
       process.on('message', () => process.exit(0));`,
    );
    const pieces: Buffer[] = [];
    const expected = Array.from({ length: 3000 }, (_, line) => `${line}:${'é'.repeat(line % 200)}\n`).join('');
    await new Promise<void>((resolve) => {
      let length = 0;
      worker.onBytes?.((bytes) => {
        pieces.push(Buffer.from(bytes));
        length += bytes.length;
        if (length === Buffer.byteLength(expected)) resolve();
      });
    });
    expect(Buffer.concat(pieces).toString()).toBe(expected);
    worker.send('end');
    expect(await worker.exited).toEqual({ code: 0, signal: null, stderrTail: '' });
  });

  test('is over, and so is the child, when the other side ends', async () => {
    const child = childProcess.spawn(process.execPath, ['-e', 'process.stdout.write("one\\ntwo")']);
    let text = '';
    readPipe(child.stdout, (bytes) => (text += bytes.toString()));
    await once(child, 'close');
    expect(text).toBe('one\ntwo');
  });

  test('is read as a stream where it has no handle', async () => {
    const stream = new PassThrough();
    const heard: string[] = [];
    readPipe(stream, (bytes) => heard.push(bytes.toString()));
    stream.end('bytes');
    await once(stream, 'end');
    expect(heard).toEqual(['bytes']);
  });
});
