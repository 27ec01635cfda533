import { expect, test } from 'vitest';
import { parseAnswer, RawConnection } from '#test/support/raw-http.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

const head = 'POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n';

/** What is sent, and the status that ends the connection. */
const broken: Record<string, [bytes: string, status: number]> = {
  'two framings': [`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  'two lengths': [`${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":1`, 400],
  'chunked twice': [`${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
  'a chunk without a size': [`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  'a folded header': [`${head}X-Folded: a\r\n b\r\n\r\n`, 400],
  'a header that ends with a bare line feed': [`${head}X-Bare: a\nContent-Length: 2\r\n\r\n{}`, 400],
  'a space before the colon': [`${head}Content-Length : 2\r\n\r\n{}`, 400],
  'a header of 100 KB': [`${head}X-Long: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
  'ten thousand headers': [`${head}${'a: b\r\n'.repeat(10_000)}\r\n`, 431],
  'headers that never end': [head, 408],
};

test(
  'bad framing, bloated headers and slow ones are answered and hung up; floods of small requests are served',
  verifies(['SEC-49'], { breaks: 'src/main/api/broken-request.ts#answerBrokenRequest' }, async () => {
    const { port, url, requests } = await startTestServer();
    const statuses = Object.entries(broken).map(async ([name, [bytes]]) => {
      const connection = new RawConnection(port);
      connection.send(bytes);
      return [name, parseAnswer(await connection.waitForClose(30_000)).status];
    });
    const expected = Object.entries(broken).map(([name, [, status]]) => [name, status]);

    const flood = new RawConnection(port);
    flood.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(9_999));
    flood.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    const answers = await flood.waitForClose(60_000);
    expect(answers.split('HTTP/1.1 200 OK')).toHaveLength(10_001);

    // Each body is asked for once, whatever was asked for before.
    const polite = new RawConnection(port);
    for (const round of Array.from({ length: 20 }, (_, index) => index + 1)) {
      polite.send(`${head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
      await expect.poll(() => polite.received.split('HTTP/1.1 100 Continue').length - 1).toBe(round);
      polite.send('{}');
      await expect.poll(() => polite.received.split('HTTP/1.1 400 Bad Request').length - 1).toBe(round);
    }

    expect(await Promise.all(statuses)).toEqual(expected);
    expect(requests).toEqual([]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }),
);
