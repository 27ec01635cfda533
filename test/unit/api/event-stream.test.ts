import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EventStream } from '#main/api/event-stream.ts';
import { verifies } from '#test/support/verifies.ts';

/** What a client reads of a stream that `work` writes. */
async function readStream(work: (stream: EventStream) => Promise<void>, keepAliveMs: number): Promise<string> {
  const server = createServer((_, response) => {
    const stream = new EventStream({ response, headers: { 'x-extra': '1' }, keepAliveMs });
    void work(stream).then(() => stream.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(response.headers.get('x-extra')).toBe('1');
  return response.text();
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

test(
  'silence is filled with comments that no client takes for the end',
  verifies(['API-18'], { breaks: 'src/main/api/event-stream.ts#EventStream' }, async () => {
    const text = await readStream(async (stream) => {
      await pause(130);
      await stream.send('data: 1\n\n');
      await pause(130);
    }, 50);
    expect(text).toMatch(/^(: keep-alive\n\n){1,2}data: 1\n\n(: keep-alive\n\n){1,2}$/);
    expect(text).not.toContain(': ping');
  }),
);

test('text beyond ASCII is framed by its bytes', async () => {
  const frames = ['data: "ascii"\n\n', 'data: "é"\n\n', 'data: "世界 👋"\n\n'];
  const text = await readStream(async (stream) => {
    for (const frame of frames) await stream.send(frame);
  }, 1000);
  expect(text).toBe(frames.join(''));
});

test('more than the socket holds waits for the reader, and nothing is lost', async () => {
  const frame = `data: ${'x'.repeat(65_536)}\n\n`;
  let waits = 0;
  const text = await readStream(async (stream) => {
    for (let sent = 0; sent < 200; sent += 1) {
      const drained = stream.send(frame);
      if (drained) waits += 1;
      await drained;
    }
  }, 1000);
  expect(text.length).toBe(frame.length * 200);
  expect(waits).toBeGreaterThan(0);
});

test('a client that takes nothing is hung up on, one that takes little is not', async () => {
  const ends: string[] = [];
  const server = createServer((request, response) => {
    const stream = new EventStream({ response, keepAliveMs: 100_000, stallMs: 1000 });
    response.on('close', () => ends.push(`${request.url} ${response.writableFinished ? 'read' : 'cut off'}`));
    const frame = `data: ${'x'.repeat(200_000)}\n\n`;
    void (async () => {
      for (let sent = 0; sent < 100 && !response.destroyed; sent += 1) await stream.send(frame);
      stream.end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const open = (url: string): Promise<IncomingMessage> =>
    new Promise((resolve) => get({ host: '127.0.0.1', port, path: url }, resolve));
  const [stopped, slow] = [await open('/stopped'), await open('/slow')];
  stopped.on('error', () => undefined);
  for await (const chunk of slow) if ((chunk as Buffer).length > 60_000) await pause(2);
  while (ends.length < 2) await pause(20);
  expect(ends.sort()).toEqual(['/slow read', '/stopped cut off']);
});
