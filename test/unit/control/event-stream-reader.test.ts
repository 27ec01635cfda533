import { expect, test } from 'vitest';
import { readEventStream } from '#shared/control/transports/event-stream-reader.ts';
import { createRandom } from '#test/support/random.ts';

function toBody(chunks: Uint8Array[], onCancel: () => void = () => undefined): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
    cancel: onCancel,
  });
}

async function readAll(text: string, cuts: number[] = []): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const borders = [0, ...cuts, bytes.length];
  const chunks = borders.slice(1).map((end, index) => bytes.slice(borders[index], end));
  const data: string[] = [];
  for await (const event of readEventStream(toBody(chunks))) data.push(event);
  return data;
}

test('events come whole, comments and other fields are left out', async () => {
  expect(await readAll(': hello\n\ndata: {"a":1}\n\nevent: x\nid: 7\ndata:two\n\n: keep-alive\n\n')).toEqual([
    '{"a":1}',
    'two',
  ]);
});

test('several data lines are one event, and CRLF ends lines too', async () => {
  expect(await readAll('data: one\r\ndata: two\r\n\r\ndata:  three\r\n\r\n')).toEqual(['one\ntwo', ' three']);
});

test('an event cut off by the end is not delivered', async () => {
  expect(await readAll('data: one\n\ndata: tw')).toEqual(['one']);
  expect(await readAll('data: one\n\ndata: two\n')).toEqual(['one']);
});

test('where the chunks are cut makes no difference, inside a character neither', async () => {
  const text = 'data: {"text":"żółć 👩‍👩‍👧"}\n\n: keep-alive\n\ndata: 語\ndata: 2\r\n\r\n';
  const length = new TextEncoder().encode(text).length;
  const random = createRandom(7);
  for (let round = 0; round < 300; round++) {
    const cuts = Array.from({ length: 6 }, () => random.below(length)).sort((left, right) => left - right);
    expect(await readAll(text, cuts)).toEqual(['{"text":"żółć 👩‍👩‍👧"}', '語\n2']);
  }
});

test('leaving the loop cancels the body', async () => {
  let cancelled = false;
  const chunk = new TextEncoder().encode('data: 1\n\n');
  const body = toBody(
    Array.from({ length: 9 }, () => chunk),
    () => (cancelled = true),
  );
  for await (const data of readEventStream(body)) {
    expect(data).toBe('1');
    break;
  }
  expect(cancelled).toBe(true);
});
