import { createServer } from 'node:http';
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
