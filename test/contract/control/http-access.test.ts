import { request } from 'node:http';
import { mkdir, writeFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ControlEndpoint, Envelope } from '#shared/control/transports/control-transport.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { ControlAccess, createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { eventually } from '#test/support/eventually.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { startControlServer, testToken, type ControlServerOptions } from '#test/support/start-control-server.ts';

const json = { 'content-type': 'application/json' };
const bearer = { authorization: `Bearer ${testToken}` };

function createRouter(app = new FakeControlApp()): ControlEndpoint {
  return createControlRouter({
    handlers: createControlHandlers(app),
    logger: createRecordedLogger().logger,
    signalIntervalMs: 20,
  });
}

async function startServer(options: Partial<ControlServerOptions> = {}) {
  const server = await startControlServer({ router: createRouter(), ...options });
  onTestFinished(server.close);
  return server;
}

interface RawAnswer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** A request with exactly these headers; `fetch` would refuse or add some. */
function send(
  url: string,
  { method = 'POST', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const target = url.slice(`http://${hostname}:${port}`.length);
    const outgoing = request({ hostname, port, path: target, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function errorCode({ body }: RawAnswer): string | undefined {
  const envelope = JSON.parse(body) as Envelope;
  return envelope.ok ? undefined : envelope.error.code;
}

async function openSession({ baseUrl, access }: { baseUrl: string; access: ControlAccess }): Promise<string> {
  const answer = await send(`${baseUrl}/ui?code=${access.mintCode()}`, { method: 'GET' });
  expect(answer.status).toBe(303);
  return String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '';
}

describe('the control routes let in', () => {
  test('the control token of this run, and nothing like it', async () => {
    const { baseUrl } = await startServer();
    const url = `${baseUrl}/control/v1/server.state`;
    const status = async (headers: Record<string, string>) =>
      (await send(url, { headers: { ...json, ...headers }, body: '{}' })).status;
    expect(await status(bearer)).toBe(200);
    expect(await status({ authorization: `bearer ${testToken}` })).toBe(200);
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${testToken.slice(1)}`,
      `Bearer ${testToken}0`,
      `Bearer ${'x'.repeat(60_00)}`,
      `Basic ${testToken}`,
      `Bearer ${testToken} ${testToken}`,
      "Bearer ' OR 1=1 --",
      testToken,
    ]) {
      expect(await status({ authorization })).toBe(401);
    }
    expect(await status({})).toBe(401);
    expect((await send(`${url}?token=${testToken}`, { headers: json, body: '{}' })).status).toBe(401);
  });

  test('a browser session only from a page of their own', async () => {
    const server = await startServer();
    const cookie = await openSession(server);
    const status = async (headers: Record<string, string>) =>
      (
        await send(`${server.baseUrl}/control/v1/server.state`, {
          headers: { ...json, cookie, ...headers },
          body: '{}',
        })
      ).status;
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await status({ origin: server.baseUrl })).toBe(200);
    expect(await status({})).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'none' })).toBe(403);
    for (const origin of ['null', 'https://evil.example', 'http://127.0.0.1:9999', 'http://localhost', 'file://']) {
      expect(await status({ origin })).toBe(403);
      expect(await status({ origin, 'sec-fetch-site': 'same-origin' })).toBe(403);
      expect(await status({ origin, ...bearer })).toBe(403);
    }
  });

  test('no cookie that they did not set', async () => {
    const server = await startServer();
    const cookie = await openSession(server);
    const own = { 'sec-fetch-site': 'same-origin', ...json };
    const status = async (value: string) =>
      (await send(`${server.baseUrl}/control/v1/server.state`, { headers: { ...own, cookie: value }, body: '{}' }))
        .status;
    expect(await status(`theme=dark; ${cookie}; other=1`)).toBe(200);
    expect(await status(`${cookie}0`)).toBe(401);
    expect(await status(cookie.replace(/-\d+=/, '-1='))).toBe(401);
    expect(await status(`x${cookie}`)).toBe(401);
  });

  test('JSON only, so that no form can post a command', async () => {
    const app = new FakeControlApp();
    const { baseUrl } = await startServer({ router: createRouter(app) });
    const url = `${baseUrl}/control/v1/server.shutdown`;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await send(url, { headers: { ...bearer, 'content-type': type }, body: '{}' });
      expect([answer.status, errorCode(answer)]).toEqual([415, 'unsupported-media-type']);
    }
    const withoutType = await send(url, { headers: bearer, body: '{}' });
    expect(withoutType.status).toBeGreaterThanOrEqual(400);
    expect(app.shutdowns).toBe(0);
  });
});

describe('the control routes answer', () => {
  test('broken JSON with its position and without its text', async () => {
    const { baseUrl } = await startServer();
    const answer = await send(`${baseUrl}/control/v1/settings.update`, {
      headers: { ...json, ...bearer },
      body: '{"theme": secret-word}',
    });
    expect([answer.status, errorCode(answer)]).toEqual([400, 'invalid-json']);
    expect(answer.body).not.toContain('secret-word');
  });

  test('errors with the status of their code', async () => {
    const { baseUrl } = await startServer();
    const post = (name: string, body: string) =>
      send(`${baseUrl}/control/v1/${name}`, { headers: { ...json, ...bearer }, body });
    expect((await post('models.load', '{"model":"gamma"}')).status).toBe(404);
    expect((await post('models.load', '{}')).status).toBe(400);
    expect((await post('no.such', '{}')).status).toBe(404);
    expect((await post('logs.tail', '{"backlog":-1}')).status).toBe(400);
    expect((await post('%2e%2e%2f', '{}')).status).toBe(404);
    expect((await post('inference.chat', `{"x":"${'y'.repeat(17 * 1024 * 1024)}"}`)).status).toBe(413);
  });

  test('with no CORS header and nothing to cache', async () => {
    const { baseUrl } = await startServer();
    const answer = await send(`${baseUrl}/control/v1/server.state`, { headers: { ...json, ...bearer }, body: '{}' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('every name of the contract behind the same door', async () => {
    const { baseUrl } = await startServer();
    for (const name of ['server.state', 'inference.chat', 'logs.tail', 'unknown']) {
      const answer = await send(`${baseUrl}/control/v1/${name}`, { headers: json, body: '{}' });
      expect([answer.status, errorCode(answer)]).toEqual([401, 'unauthorized']);
    }
    expect((await send(`${baseUrl}/control/v1/events`, { method: 'GET' })).status).toBe(401);
  });
});

describe('the signals over HTTP', () => {
  test('come back by themselves after the server was restarted, with its new token', async () => {
    const app = new FakeControlApp();
    let token = 'a'.repeat(64);
    const first = await startControlServer({ router: createRouter(app), access: new ControlAccess({ token }) });
    const client = createControlClient(
      createHttpTransport({ baseUrl: first.baseUrl, fetch, token: () => token, retryMinMs: 20, retryMaxMs: 50 }),
    );
    onTestFinished(() => client.close());
    const states: string[] = [];
    const phases: string[] = [];
    client.onConnectionChange((state) => states.push(state));
    client.signal('server.changed', ({ phase }) => phases.push(phase));
    await eventually(() => expect(phases).toEqual(['ready']));
    await first.close();
    await eventually(() => expect(states.at(-1)).toBe('lost'));

    app.setPhase('paused');
    const newAccess = new ControlAccess({ token: 'b'.repeat(64) });
    await startServer({ router: createRouter(app), port: first.port, access: newAccess });
    await eventually(() => expect(states.at(-1)).toBe('unauthorized'));
    token = 'b'.repeat(64);
    await eventually(() => expect(phases).toEqual(['ready', 'paused']));
    expect(states).toEqual(['connecting', 'online', 'lost', 'unauthorized', 'online']);
  });

  test('stay open while one page of the window follows another', async () => {
    const server = await startServer();
    let connections = 0;
    const counting: typeof fetch = (...request) => {
      connections += 1;
      return fetch(...request);
    };
    const client = createControlClient(
      createHttpTransport({ baseUrl: server.baseUrl, fetch: counting, token: () => testToken }),
    );
    onTestFinished(() => client.close());
    const states: string[] = [];
    const phases: string[] = [];
    client.onConnectionChange((state) => states.push(state));
    const leave = client.signal('server.changed', ({ phase }) => phases.push(phase));
    await eventually(() => expect(phases).toEqual(['ready']));
    leave();
    client.signal('server.changed', ({ phase }) => phases.push(phase));
    expect(phases).toEqual(['ready', 'ready']);
    expect([connections, states]).toEqual([1, ['connecting', 'online']]);
  });

  test('count as lost when the server has fallen silent', async () => {
    const { baseUrl } = await startServer();
    const client = createControlClient(
      createHttpTransport({ baseUrl, fetch, token: () => testToken, retryMinMs: 10_000, silenceMs: 150 }),
    );
    onTestFinished(() => client.close());
    const states: string[] = [];
    client.onConnectionChange((state) => states.push(state));
    client.signal('server.changed', () => undefined);
    await eventually(() => expect(states).toEqual(['connecting', 'online', 'lost']));
  });

  test('end with the server instead of holding it up', async () => {
    const server = await startControlServer({ router: createRouter() });
    const client = createControlClient(
      createHttpTransport({ baseUrl: server.baseUrl, fetch, token: () => testToken, retryMinMs: 10_000 }),
    );
    onTestFinished(() => client.close());
    const phases: string[] = [];
    client.signal('server.changed', ({ phase }) => phases.push(phase));
    await eventually(() => expect(phases).toEqual(['ready']));
    const startedAt = performance.now();
    await server.close();
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('say that nothing answers when there is no server', async () => {
    const server = await startControlServer({ router: createRouter() });
    await server.close();
    const transport = createHttpTransport({ baseUrl: server.baseUrl, fetch });
    expect(await transport.invoke('server.state', {})).toMatchObject({
      ok: false,
      error: { code: 'server-unreachable', message: `Impetus does not answer at ${server.baseUrl}.` },
    });
    transport.close();
  });

  test('are refused as no answer of Impetus when another program answers', async () => {
    const html: typeof fetch = async () => new Response('<html>hello</html>', { status: 200 });
    const transport = createHttpTransport({ baseUrl: 'http://127.0.0.1:1', fetch: html });
    expect(await transport.invoke('server.state', {})).toMatchObject({ ok: false, error: { code: 'internal' } });
    transport.close();
  });
});

test('a channel that loses its server in the middle says so', async () => {
  const server = await startControlServer({ router: createRouter() });
  const transport = createHttpTransport({ baseUrl: server.baseUrl, fetch, token: () => testToken });
  onTestFinished(() => transport.close());
  const request = { prompt: { type: 'text', text: 'please wait' }, sampling: {}, stops: [] };
  const reading = (async () => {
    for await (const event of transport.open('inference.chat', request, new AbortController().signal)) {
      if ((event as { type: string }).type === 'text-delta') await server.close();
    }
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'server-unreachable',
    message: 'Impetus ended the connection in the middle of inference.chat.',
  });
});

describe('/ui', () => {
  async function buildRenderer(): Promise<string> {
    const root = await createTempFolder();
    const folder = path.join(root, 'renderer');
    await mkdir(path.join(folder, 'assets'), { recursive: true });
    await writeFile(path.join(root, 'secret.txt'), 'kept-inside');
    await writeFile(path.join(root, 'secret.html'), 'kept-inside');
    await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Impetus</title>');
    await writeFile(path.join(folder, 'assets', 'index-a1B2c3_4.js'), 'export {};');
    await writeFile(path.join(folder, 'assets', 'strange.exe'), 'MZ');
    await symlink(path.join(root, 'secret.html'), path.join(folder, 'link.html'));
    return folder;
  }

  test('lets a one-time code in once, then shows the window without the code in its address', async () => {
    const server = await startServer({ uiFolder: await buildRenderer() });
    const code = server.access.mintCode();
    const entrance = await send(`${server.baseUrl}/ui?code=${code}`, { method: 'GET' });
    expect([entrance.status, entrance.headers.location]).toEqual([303, '/ui/']);
    expect(entrance.headers['set-cookie']?.[0]).toMatch(
      /^impetus-session-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const cookie = String(entrance.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    const window = await send(`${server.baseUrl}/ui/`, { method: 'GET', headers: { cookie } });
    expect([window.status, window.body]).toEqual([200, '<!doctype html><title>Impetus</title>']);
    const again = await send(`${server.baseUrl}/ui?code=${code}`, { method: 'GET' });
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('impetus ui');
  });

  test('refuses a code after 60 seconds and one that was never given out', async () => {
    let time = 1_000_000;
    const access = new ControlAccess({ token: testToken, now: () => time });
    const server = await startServer({ access });
    const early = access.mintCode();
    const late = access.mintCode();
    time += 60_000;
    expect((await send(`${server.baseUrl}/ui?code=${early}`, { method: 'GET' })).status).toBe(303);
    time += 1;
    expect((await send(`${server.baseUrl}/ui?code=${late}`, { method: 'GET' })).status).toBe(401);
    for (const code of ['', 'x', '0'.repeat(32), '__proto__']) {
      expect((await send(`${server.baseUrl}/ui?code=${code}`, { method: 'GET' })).status).toBe(401);
    }
  });

  test('is not let in by a look at the headers only', async () => {
    const server = await startServer();
    const code = server.access.mintCode();
    expect((await send(`${server.baseUrl}/ui?code=${code}`, { method: 'HEAD' })).status).toBe(404);
    expect((await send(`${server.baseUrl}/ui?code=${code}`, { method: 'GET' })).status).toBe(303);
  });

  test('explains without a session how to get in, and gives nothing else', async () => {
    const server = await startServer({ uiFolder: await buildRenderer() });
    for (const target of ['/ui', '/ui/', '/ui/index.html', '/ui/assets/index-a1B2c3_4.js']) {
      const answer = await send(`${server.baseUrl}${target}`, { method: 'GET' });
      expect(answer.status).toBe(401);
      expect(answer.body).toContain('npm start');
      expect(answer.body).not.toMatch(/<script|src=|href=/);
    }
  });

  test('is served under a strict policy; only hashed names may be kept', async () => {
    const server = await startServer({ uiFolder: await buildRenderer() });
    const headers = { cookie: await openSession(server) };
    const page = await send(`${server.baseUrl}/ui/`, { method: 'GET', headers });
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(page.headers['content-security-policy']).toContain("connect-src 'self';");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['content-security-policy']).not.toMatch(/unsafe|\*|http/);
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
    const script = await send(`${server.baseUrl}/ui/assets/index-a1B2c3_4.js`, { method: 'GET', headers });
    expect(script.headers).toMatchObject({
      'cache-control': 'private, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
  });

  test('never serves a file outside its folder, through a link or of an unknown kind', async () => {
    const server = await startServer({ uiFolder: await buildRenderer() });
    const headers = { cookie: await openSession(server) };
    for (const target of [
      '/ui/../secret.txt',
      '/ui/../secret.html',
      '/ui/%2e%2e/secret.html',
      '/ui/..%2fsecret.html',
      '/ui/..%5csecret.html',
      '/ui/assets/../../secret.html',
      '/ui//etc/passwd',
      '/ui/%2fetc%2fpasswd',
      '/ui/assets%00.html',
      '/ui/%c0%ae%c0%ae/secret.html',
      '/ui/%',
      '/ui/link.html',
      '/ui/assets',
      '/ui/assets/',
      '/ui/assets/strange.exe',
      '/ui/INDEX.HTML',
    ]) {
      const answer = await send(`${server.baseUrl}${target}`, { method: 'GET', headers });
      expect([400, 404], target).toContain(answer.status);
      expect(answer.body).not.toMatch(/kept-inside|root:|MZ/);
    }
  });

  test('says what to do when the window was not built', async () => {
    const server = await startServer({ uiFolder: path.join(await createTempFolder(), 'missing') });
    const answer = await send(`${server.baseUrl}/ui/`, {
      method: 'GET',
      headers: { cookie: await openSession(server) },
    });
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('npm start');
  });

  test('leads from /ui to /ui/ so that the files beside it are found', async () => {
    const server = await startServer({ uiFolder: await buildRenderer() });
    const answer = await send(`${server.baseUrl}/ui`, {
      method: 'GET',
      headers: { cookie: await openSession(server) },
    });
    expect([answer.status, answer.headers.location]).toEqual([303, '/ui/']);
  });
});
