import { describe, expect, test } from 'vitest';
import { createRandom } from '#test/support/random.ts';
import { parseAnswer, RawConnection } from '#test/support/raw-http.ts';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

function chatRequest(content: string, rest: object = {}): string {
  const body = JSON.stringify({ messages: [{ role: 'user', content }], stream: true, ...rest });
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

async function statsOf({ scheduler }: TestServer) {
  const stats = await scheduler.peek('test-model')?.stats();
  if (!stats) throw new Error('The model is not loaded.');
  return stats;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('It did not come true in 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Sends the request and waits until the engine has taken it in. */
async function begin(server: TestServer, content: string): Promise<RawConnection> {
  const connection = new RawConnection(server.port);
  connection.send(chatRequest(content));
  await connection.waitFor('"role":"assistant"');
  return connection;
}

describe('a client that goes away', () => {
  test(
    'hangs up, resets or says its last word: the sequence is free after the next step, the others go on',
    verifies(['REL-01'], { breaks: 'src/main/api/connection-watch.ts#ConnectionWatch' }, async () => {
      const ways = [
        (connection: RawConnection) => connection.socket.destroy(),
        (connection: RawConnection) => connection.socket.resetAndDestroy(),
        (connection: RawConnection) => connection.socket.end(),
      ];
      const random = createRandom(11);
      for (const leave of [...ways, ...ways]) {
        const said = 1 + random.below(5);
        const server = await startTestServer({ msPerToken: 'manual', settings: { slots: 2 } });
        const staying = await begin(server, 'count to 9');
        const leaving = await begin(server, 'count to 500');
        // The first steps are those of the prompts.
        await server.engine.step(2 + said);
        await leaving.waitFor(`"content":"${said === 1 ? '' : ' '}${said}"`);
        leave(leaving);
        await until(() => server.inference.activity().activeRequests === 1);
        const saidBefore = (await statsOf(server)).generatedTokens;
        await server.engine.step(1);
        const { sequences, generatedTokens } = await statsOf(server);
        expect(sequences.filter(({ state }) => state !== 'idle')).toHaveLength(1);
        expect(generatedTokens - saidBefore).toBeLessThanOrEqual(1);
        await server.engine.step(12);
        const answer = await staying.waitFor('[DONE]');
        expect([...answer.matchAll(/"content":"( ?\d)"/g)].map(([, text]) => text).join('')).toBe('1 2 3 4 5 6 7 8 9');
      }
    }),
  );

  test(
    'while its prompt is being read',
    verifies(['REL-01'], { breaks: 'src/main/api/connection-watch.ts#ConnectionWatch' }, async () => {
      const server = await startTestServer({ msPerToken: 'manual', settings: { slots: 1 } });
      const leaving = await begin(server, 'word '.repeat(1500));
      await server.engine.step(1);
      expect((await statsOf(server)).sequences).toMatchObject([{ state: 'prefill' }]);
      leaving.socket.end();
      await until(() => server.inference.activity().activeRequests === 0);
      await server.engine.step(1);
      const { sequences, prefillTokens } = await statsOf(server);
      expect(sequences).toMatchObject([{ state: 'idle' }]);
      expect(prefillTokens).toBeLessThanOrEqual(512);
    }),
  );

  test(
    'while it waits in the queue: it is never decoded, and the running answer is unharmed',
    verifies(['S2-58', 'REL-02'], { breaks: 'src/main/api/connection-watch.ts#ConnectionWatch' }, async () => {
      const server = await startTestServer({ msPerToken: 'manual', settings: { slots: 1 } });
      const running = await begin(server, 'count to 9');
      await server.engine.step(2);
      await running.waitFor('"content":"1"');
      const waiting = await Promise.all([1, 2, 3].map((index) => begin(server, `echo queued ${index}`)));
      expect(server.inference.activity()).toMatchObject({ activeRequests: 1, queuedRequests: 3 });
      for (const index of [1, 2, 0]) {
        const left = server.inference.activity().queuedRequests - 1;
        waiting[index]?.socket.destroy();
        await until(() => server.inference.activity().queuedRequests === left);
      }
      expect((await statsOf(server)).waitingRequests).toBe(0);
      await server.engine.step(20);
      const answer = await running.waitFor('[DONE]');
      expect([...answer.matchAll(/"content":"( ?\d)"/g)].map(([, text]) => text).join('')).toBe('1 2 3 4 5 6 7 8 9');
      expect((await statsOf(server)).generatedTokens).toBe(9);
    }),
  );

  test(
    'its sequence is free within 100 ms',
    verifies(['API-12'], { breaks: 'src/main/api/connection-watch.ts#ConnectionWatch' }, async () => {
      const server = await startTestServer({ msPerToken: 10, settings: { slots: 1 } });
      const leaving = new RawConnection(server.port);
      leaving.send(chatRequest('count to 5000'));
      await leaving.waitFor('"content":" 3"');
      leaving.socket.destroy();
      const leftAt = performance.now();
      await until(async () => (await statsOf(server)).sequences.every(({ state }) => state === 'idle'));
      // Five times the hundred: the machine that tests may be busy.
      expect(performance.now() - leftAt).toBeLessThan(500);
    }),
  );
});

test('two hundred streams at once all end, each with its own text', async () => {
  const server = await startTestServer({ settings: { slots: 4 } });
  const ask = async (index: number) => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ role: 'user', content: `echo answer ${index}` }], stream: true }),
    });
    const text = await response.text();
    const said = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, part]) => part).join('');
    return [response.status, said, text.endsWith('data: [DONE]\n\n')];
  };
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
  expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => [200, `answer ${index}`, true]));
  expect(server.inference.activity()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
});

test('a reader that does not read stops its own stream only', async () => {
  const server = await startTestServer({ settings: { slots: 2 } });
  const lazy = new RawConnection(server.port);
  lazy.socket.pause();
  lazy.send(chatRequest('count to 200000'));
  await until(() => server.inference.activity().activeRequests === 1);
  const quick = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages: [{ role: 'user', content: 'count to 3' }] }),
  });
  expect(await quick.json()).toMatchObject({ choices: [{ message: { content: '1 2 3' } }] });
  lazy.socket.destroy();
  await until(() => server.inference.activity().activeRequests === 0);
});

describe('headers', () => {
  test(
    'come with the first event, or after 800 ms while the model loads; then keep-alives hold the line',
    verifies(['API-21'], { breaks: 'src/main/api/relay.ts#relay' }, async () => {
      const server = await startTestServer({ loadMs: 2000 });
      const connection = new RawConnection(server.port);
      const begun = performance.now();
      connection.send(chatRequest('count to 1'));
      await connection.waitFor('content-type: text/event-stream');
      const headersAfterMs = performance.now() - begun;
      expect(headersAfterMs).toBeGreaterThan(700);
      expect(headersAfterMs).toBeLessThan(2000);
      expect(connection.received).not.toContain('data:');
      expect(await connection.waitFor('[DONE]')).toContain('"content":"1"');
    }),
  );

  test('a load that fails within that time has a status, later it is an event', async () => {
    const soon = await startTestServer();
    soon.engine.loadFaults.push({ kind: 'fail', code: 'model-load-failed', message: 'The file is damaged.' });
    const early = new RawConnection(soon.port);
    early.send(chatRequest('x'));
    expect(parseAnswer(await early.waitFor('}}'))).toMatchObject({ status: 400 });

    const server = await startTestServer();
    server.engine.loadFaults.push({ kind: 'hang' });
    const late = new RawConnection(server.port);
    late.send(chatRequest('x'));
    await late.waitFor('text/event-stream');
    await server.scheduler.unload('test-model', { force: true });
    const answer = await late.waitFor('data: {"error"');
    expect(answer).toContain('HTTP/1.1 200');
    expect(answer).not.toContain('[DONE]');
  });
});

test('answers to pipelined requests come whole and in order, streams among them', async () => {
  const server = await startTestServer();
  const connection = new RawConnection(server.port);
  connection.send(
    `${chatRequest('count to 2')}GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${chatRequest('echo ümlaut')}`,
  );
  const text = Buffer.from(await connection.waitFor('[DONE]\n\n\r\n0\r\n\r\nHTTP/1.1 200 OK'), 'latin1').toString();
  await until(() => connection.received.split('[DONE]').length === 3);
  const whole = Buffer.from(connection.received, 'latin1').toString();
  expect(text.startsWith('HTTP/1.1 200 OK')).toBe(true);
  expect([...whole.matchAll(/"content":"([^"]+)"|"status":"(ok)"/g)].map(([, said, status]) => said ?? status)).toEqual(
    ['1', ' 2', 'ok', 'ümlaut'],
  );
});

test('a connection is used again after a stream', async () => {
  const server = await startTestServer();
  const connection = new RawConnection(server.port);
  connection.send(chatRequest('count to 1'));
  await connection.waitFor('0\r\n\r\n');
  connection.send(chatRequest('echo again'));
  expect(await connection.waitFor('"content":"again"')).toContain('"content":"1"');
  expect(connection.isClosed).toBe(false);
});

test('a client of HTTP/1.0 gets the stream without chunks', async () => {
  const server = await startTestServer();
  const connection = new RawConnection(server.port);
  connection.send(chatRequest('count to 1').replace('HTTP/1.1', 'HTTP/1.0'));
  const { headers, body } = parseAnswer(await connection.waitForClose());
  expect(headers).not.toHaveProperty('transfer-encoding');
  expect(body.startsWith('data: {')).toBe(true);
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
});

describe('the end of the server', () => {
  test('running streams are drained, new connections refused at once', async () => {
    const server = await startTestServer({ msPerToken: 20 });
    const connection = new RawConnection(server.port);
    connection.send(chatRequest('count to 20'));
    await connection.waitFor('"content":"1"');
    const closed = server.server.close({ drainMs: 5000 });
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect(await connection.waitFor('[DONE]')).toContain('"content":" 20"');
    await closed;
  });

  test('what is not done by then ends with an error event', async () => {
    const server = await startTestServer({ msPerToken: 20 });
    const connection = new RawConnection(server.port);
    connection.send(chatRequest('count to 5000'));
    await connection.waitFor('"content":"1"');
    await server.server.close({ drainMs: 100 });
    const answer = await connection.waitForClose();
    expect(answer).toContain('"code":"shutting_down"');
    expect(answer).not.toContain('[DONE]');
  });
});
