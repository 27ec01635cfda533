import { describe, expect, test } from 'vitest';
import { askRaw, parseAnswer, RawConnection } from '#test/support/raw-http.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

/** Every kind of path: inference, listing, operations, control, window, unknown, malformed. */
const paths = [
  '/',
  '/health',
  '/ready',
  '/metrics',
  '/v1/models',
  '/v1/models/test-model',
  '/v1/chat/completions',
  '/v1/completions',
  '/tokenize',
  '/detokenize',
  '/mcp',
  '/ui',
  '/ui/assets/index.js',
  '/control/v1/events',
  '/no/such/path',
  '/%zz',
];
const methods = ['GET', 'POST', 'OPTIONS', 'HEAD'];

const gate = 'src/main/gateway/gate.ts#inspectRequest';

describe('Host', () => {
  test(
    'a rebound name is refused on every path and method; this machine’s own names pass',
    verifies(['SEC-01', 'API-31'], { breaks: gate }, async () => {
      const { port } = await startTestServer();
      for (const target of paths) {
        for (const method of methods) {
          const answer = await askRaw(port, { method, target, headers: [`Host: evil.example:${port}`] });
          expect([method, target, answer.status]).toEqual([method, target, 403]);
        }
      }
      for (const host of ['localhost.evil.com', '127.0.0.1.nip.io', 'evil.example', '192.168.0.9']) {
        expect((await askRaw(port, { target: '/health', headers: [`Host: ${host}`] })).status).toBe(403);
      }
      for (const host of [`localhost:${port}`, 'LOCALHOST', `127.0.0.1:${port}`, '[::ffff:7f00:1]', `[::1]:${port}`]) {
        expect((await askRaw(port, { target: '/health', headers: [`Host: ${host}`] })).status).toBe(200);
      }
      expect((await askRaw(port, { target: '/health', headers: [] })).status).toBe(400);
      expect((await askRaw(port, { target: '/health', headers: ['Host:'] })).status).toBe(400);
      expect((await askRaw(port, { target: '/health', headers: ['Host: localhost', 'Host: localhost'] })).status).toBe(
        400,
      );
      const upgrade = ['Host: evil.example', 'Upgrade: websocket', 'Connection: Upgrade'];
      expect((await askRaw(port, { target: '/v1/responses', headers: upgrade })).status).toBe(403);
    }),
  );

  test('the refusal names the setting and nothing runs', async () => {
    const server = await startTestServer();
    const answer = await askRaw(server.port, {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: ['Host: evil.example', 'Content-Type: application/json'],
      body: '{"messages":[{"role":"user","content":"x"}]}',
    });
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        message:
          'The host "evil.example" is not allowed. Use http://127.0.0.1 or http://localhost, or add the name to the setting allowedHosts.',
        type: 'permission_error',
        param: null,
        code: 'forbidden_host',
      },
    });
    expect(server.requests).toEqual([]);
  });

  test('a target with a host of its own is refused', async () => {
    const { port } = await startTestServer();
    const answer = await askRaw(port, { target: 'http://evil.example/v1/models', headers: ['Host: 127.0.0.1'] });
    expect(answer.status).toBe(400);
  });
});

describe('Origin', () => {
  test(
    'a foreign origin is refused everywhere and gets no CORS header; an added one is echoed exactly',
    verifies(['SEC-02', 'API-20', 'S2-07'], { breaks: gate }, async () => {
      const { port, settings } = await startTestServer();
      const origins = ['https://evil', 'null', 'file://', 'chrome-extension://x', 'http://localhost:9999'];
      for (const target of paths) {
        for (const origin of origins) {
          const answer = await askRaw(port, { target, headers: ['Host: 127.0.0.1', `Origin: ${origin}`] });
          expect([target, origin, answer.status]).toEqual([target, origin, 403]);
          expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
        }
      }
      settings.allowedOrigins = ['https://app.example'];
      const answer = await askRaw(port, {
        target: '/v1/models',
        headers: ['Host: 127.0.0.1', 'Origin: https://app.example'],
      });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    }),
  );

  test('an added origin reads streams and errors too', async () => {
    const { url } = await startTestServer({ settings: { allowedOrigins: ['https://app.example'] } });
    const post = (body: object) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { origin: 'https://app.example', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const stream = await post({ messages: [{ role: 'user', content: 'count to 1' }], stream: true });
    expect(stream.headers.get('access-control-allow-origin')).toBe('https://app.example');
    await stream.text();
    const failure = await post({});
    expect(failure.status).toBe(400);
    expect(failure.headers.get('access-control-allow-origin')).toBe('https://app.example');
  });

  test(
    'a preflight that asks for the private network gets no such grant',
    verifies(['SEC-05'], { breaks: gate }, async () => {
      const { port } = await startTestServer({ settings: { allowedOrigins: ['https://app.example'] } });
      const headers = [
        'Host: 127.0.0.1',
        'Origin: https://app.example',
        'Access-Control-Request-Method: POST',
        'Access-Control-Request-Private-Network: true',
      ];
      const answer = await askRaw(port, { method: 'OPTIONS', target: '/v1/chat/completions', headers });
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-private-network');
    }),
  );

  test(
    'a WebSocket from another page is refused before any upgrade',
    verifies(['SEC-06'], { breaks: gate }, async () => {
      const { port } = await startTestServer();
      const upgrade = [
        'Host: 127.0.0.1',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ];
      const foreign = await askRaw(port, { target: '/v1/responses', headers: [...upgrade, 'Origin: https://evil'] });
      expect(foreign.status).toBe(403);
      const own = await askRaw(port, { target: '/v1/responses', headers: upgrade });
      expect(own.status).toBe(404);
      const events = ['Host: 127.0.0.1', 'Accept: text/event-stream', 'Origin: https://evil'];
      expect((await askRaw(port, { target: '/control/v1/events', headers: events })).status).toBe(403);
    }),
  );
});

test('a form of a page cannot run a model, a tool may send any content type', async () => {
  const server = await startTestServer();
  const body = '{"messages":[{"role":"user","content":"count to 1"}]}';
  const post = (headers: string[]) =>
    askRaw(server.port, {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: ['Host: 127.0.0.1', ...headers],
      body,
    });
  expect((await post(['Content-Type: text/plain', 'Sec-Fetch-Site: same-origin'])).status).toBe(415);
  expect((await post(['Sec-Fetch-Site: none'])).status).toBe(415);
  expect(server.requests).toEqual([]);
  expect((await post(['Content-Type: application/x-www-form-urlencoded'])).status).toBe(200);
  expect((await post([])).status).toBe(200);
  expect((await post(['Content-Type: application/json', 'Sec-Fetch-Site: same-origin'])).status).toBe(200);
});

describe('broken requests', () => {
  test('garbage, bad framing and smuggling get 400 and the end of the connection', async () => {
    const { port, url } = await startTestServer();
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n';
    for (const bytes of [
      '\u0016\u0003\u0001garbage\r\n\r\n',
      'GET /health\r\n\r\n',
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":1`,
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `${head}X-Folded: a\r\n b\r\nContent-Length: -1\r\n\r\n`,
    ]) {
      const connection = new RawConnection(port);
      connection.send(bytes);
      const answer = parseAnswer(await connection.waitForClose());
      expect([bytes, answer.status]).toEqual([bytes, 400]);
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('headers of 100 KB get 431', async () => {
    const { port } = await startTestServer();
    const connection = new RawConnection(port);
    connection.send(`GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(parseAnswer(await connection.waitForClose())).toMatchObject({ status: 431 });
  });

  test('headers that never end get 408', async () => {
    const { port } = await startTestServer();
    const connection = new RawConnection(port);
    connection.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    expect(parseAnswer(await connection.waitForClose(30_000))).toMatchObject({ status: 408 });
  });

  test('a body that says it is too large is refused before it comes', async () => {
    const { port } = await startTestServer();
    const connection = new RawConnection(port);
    connection.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${64 * 1024 * 1024 + 1}\r\n\r\n`,
    );
    const answer = parseAnswer(await connection.waitForClose());
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'body_too_large' } });
  });

  test(
    'too large a body and a name that climbs are refused with what is wrong',
    verifies(['S2-55'], { breaks: 'src/main/api/validate.ts#validate' }, async () => {
      const { port } = await startTestServer();
      const headers = ['Host: 127.0.0.1'];
      for (const model of ['../../etc/passwd', 'models/../secret', '..\\x']) {
        const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] });
        const answer = await askRaw(port, { method: 'POST', target: '/v1/chat/completions', headers, body });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({ error: { param: 'model', type: 'invalid_request_error' } });
      }
      const tooLarge = new RawConnection(port);
      tooLarge.send(
        `POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${64 * 1024 * 1024 + 1}\r\n\r\n`,
      );
      expect(parseAnswer(await tooLarge.waitForClose()).status).toBe(413);
    }),
  );

  test('a body that grows too large without saying so is cut off', async () => {
    const { port, logLines } = await startTestServer();
    const connection = new RawConnection(port);
    connection.send('POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    const piece = `100000\r\n${' '.repeat(0x10_0000)}\r\n`;
    for (let sent = 0; sent < 70 && !connection.isClosed; sent += 1) {
      if (!connection.socket.write(piece)) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await connection.waitForClose();
    // Who still sends may lose the answer with the connection; the log has it in any case.
    await expect
      .poll(() => logLines.find(({ msg }) => msg === 'request'))
      .toMatchObject({
        status: 413,
        errorCode: 'body-too-large',
      });
  });

  test.each([
    ['{"messages":[}', 13],
    ['\uFEFF{}', 0],
    ['{"temperature":NaN}', 15],
  ])('%j names the place', async (body, position) => {
    const { port } = await startTestServer();
    const answer = await askRaw(port, {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: ['Host: 127.0.0.1'],
      body,
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: {
        code: 'invalid_json',
        message: expect.stringContaining(`at position ${position} (line 1, column ${position + 1})`) as string,
      },
    });
  });

  test.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"messages":[]}', 'utf16le')],
    ['a nesting of 100,000', Buffer.from('['.repeat(100_000))],
    ['an empty body', Buffer.from('')],
    ['half a surrogate pair', Buffer.from('{"messages":[{"role":"user","content":"\\ud800"}]}')],
  ])('%s gets 400', async (_, body) => {
    const { port } = await startTestServer();
    const answer = await askRaw(port, {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: ['Host: 127.0.0.1'],
      body,
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});

describe('paths', () => {
  test('an unknown one is JSON and names the nearest', async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/v1/chat/completion`, { method: 'POST', body: 'not even JSON' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        message: 'There is no route "/v1/chat/completion". Did you mean /v1/chat/completions?',
        type: 'not_found_error',
        param: null,
        code: 'route_not_found',
      },
    });
  });

  test('a known one with the wrong method says which are right', async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/v1/chat/completions`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    const options = await fetch(`${url}/v1/models`, { method: 'OPTIONS' });
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  test('a bad percent-encoding is a bad request', async () => {
    const { port } = await startTestServer();
    expect((await askRaw(port, { target: '/v1/models/%zz', headers: ['Host: 127.0.0.1'] })).status).toBe(400);
  });

  test('both loopback families answer where the machine has both', async () => {
    const { addresses, port } = await startTestServer();
    for (const address of addresses) {
      const host = address.includes(':') ? `[${address}]` : address;
      expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
    }
    expect(addresses).toContain('127.0.0.1');
  });
});

test(
  'what a client smuggles into names and paths stays one escaped line of the log, and splits no header',
  verifies(['SEC-10'], { breaks: 'src/main/gateway/request-log.ts#logRequest' }, async () => {
    const { port, logLines } = await startTestServer();
    const evil = '\u001b[31mred\r\nset-cookie: x=1';
    const answer = await askRaw(port, {
      method: 'POST',
      target: `/v1/chat/completions?${encodeURIComponent(evil)}`,
      headers: ['Host: 127.0.0.1', `User-Agent: ${'x'.repeat(8000)}`, `X-Request-Id: ${'x'.repeat(4000)}`],
      body: JSON.stringify({ model: evil, messages: [{ role: 'user', content: 'x' }], [evil]: 1 }),
    });
    expect(answer.status).toBe(400);
    const long = await askRaw(port, {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: ['Host: 127.0.0.1'],
      body: JSON.stringify({ model: 'm'.repeat(65_536), messages: [{ role: 'user', content: 'x' }] }),
    });
    expect(long.status).toBe(400);
    const escapedPath = await askRaw(port, { target: '/a%0d%0ab%1b', headers: ['Host: 127.0.0.1'] });
    expect(escapedPath.status).toBe(404);
    const control = await askRaw(port, { target: '/', headers: ['Host: 127.0.0.1', 'User-Agent: \u001b[31mred'] });
    expect(control.status).toBe(400);
    for (const { headers } of [answer, long, escapedPath]) {
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers['x-request-id']).toMatch(/^req_[0-9a-z]+$/);
    }
    const lines = logLines.filter(({ msg }) => msg === 'request');
    expect(lines.map(({ status, path }) => [status, path])).toEqual([
      [400, '/v1/chat/completions'],
      [400, '/v1/chat/completions'],
      [404, '/a%0d%0ab%1b'],
    ]);
    expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(500);
  }),
);

test('a request id of the client is kept when it is harmless', async () => {
  const { url } = await startTestServer();
  const response = await fetch(`${url}/health`, { headers: { 'x-request-id': 'trace-42.a:b' } });
  expect(response.headers.get('x-request-id')).toBe('trace-42.a:b');
});
