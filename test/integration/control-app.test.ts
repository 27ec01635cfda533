import { request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { eventually } from '#test/support/eventually.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';
import type { RunOptions } from '#main/run-options.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

/** The real app with a scripted engine, and a client of it over HTTP. */
async function start(run: RunOptions = {}): Promise<{ started: StartedApp; client: ControlClient; token: string }> {
  const engine = createScriptedEngine({ answers: { Hello: 'Hello to you too.' }, msPerToken: 1 });
  const started = await startApp({ engines: { main: engine, child: engine }, model: tinyModelPath, ...run });
  const token = await readFile(started.paths.controlToken, 'utf8');
  const client = createControlClient(createHttpTransport({ baseUrl: started.url, fetch, token: () => token }));
  onTestFinished(async () => {
    client.close();
    await started.stop();
  });
  return { started, client, token };
}

function chat(text: string): GenerationRequest {
  return { prompt: { type: 'chat', messages: [{ role: 'user', content: text }] }, sampling: {}, stops: [] };
}

async function ask(client: ControlClient, text: string): Promise<string> {
  let answer = '';
  for await (const event of client.channel('inference.chat', chat(text), new AbortController().signal)) {
    if (event.type === 'text-delta') answer += event.text;
  }
  return answer;
}

function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const path = url.slice(`http://${hostname}:${port}`.length);
    const outgoing = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? '{}' : undefined);
  });
}

test('the window sees and steers the real app', async () => {
  const { client } = await start();
  const states: string[] = [];
  const phases: string[] = [];
  client.signal('models.changed', ([model]) => states.push(model?.status.state ?? 'none'));
  client.signal('server.changed', ({ phase }) => phases.push(phase));
  await eventually(() => expect([states.at(-1), phases.at(-1)]).toEqual(['loaded', 'ready']));
  expect(await ask(client, 'Hello')).toBe('Hello to you too.');

  await client.command('models.unload', { model: 'tiny-random' });
  await eventually(() => expect(states.at(-1)).toBe('unloaded'));
  const loaded = await client.command('models.load', { model: 'tiny-random', options: { slots: 2 } });
  expect(loaded).toMatchObject({ isDefault: true, status: { state: 'loaded', slots: 2 } });

  expect((await client.command('server.pause', {})).phase).toBe('paused');
  await expect(ask(client, 'Hello')).rejects.toMatchObject({ code: 'server-paused' });
  await eventually(() => expect(phases.at(-1)).toBe('paused'));
  expect((await client.command('server.resume', {})).phase).toBe('ready');
  expect(await ask(client, 'Hello')).toBe('Hello to you too.');
});

test('a pause lets running answers end, then takes the models out of memory', async () => {
  const { client } = await start();
  const states: string[] = [];
  client.signal('models.changed', ([model]) => states.push(model?.status.state ?? 'none'));
  let answer = '';
  for await (const event of client.channel('inference.chat', chat('count to 200'), new AbortController().signal)) {
    if (event.type === 'text-delta' && answer === '') {
      expect((await client.command('server.pause', {})).phase).toBe('paused');
    }
    if (event.type === 'text-delta') answer += event.text;
  }
  expect(answer).toMatch(/200\W*$/);
  await eventually(() => expect(states.at(-1)).toBe('unloaded'));
});

test('settings changed over the control contract are kept on disk', async () => {
  const { started, client } = await start();
  await client.command('settings.update', { theme: 'dark' });
  const saved = JSON.parse(await readFile(started.paths.settings, 'utf8')) as { theme: string };
  expect(saved.theme).toBe('dark');
});

test('the live log shows requests and never a token, a code or a session', async () => {
  const { started, client, token } = await start({ logLevel: 'debug' });
  const code = started.mintUiUrl().split('code=')[1] ?? '';
  const entrance = await fetch(`${started.url}/ui?code=${code}`, { redirect: 'manual' });
  const session = /=([0-9a-f]{64})/.exec(entrance.headers.get('set-cookie') ?? '')?.[1] ?? '';
  expect([code.length, session.length]).toEqual([32, 64]);
  let log = '';
  for await (const entries of client.channel('logs.tail', { backlog: 1000 }, new AbortController().signal)) {
    log += JSON.stringify(entries);
    if (log.includes('"/ui"')) break;
  }
  for (const secret of [token, code, session]) expect(log).not.toContain(secret);
});

test('the gate stands before the control routes and the window', async () => {
  const { started, token } = await start();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const state = `${started.url}/control/v1/server.state`;
  expect((await get(state, headers, 'POST')).status).toBe(200);
  for (const host of ['evil.example', `evil.example:${started.port}`, `localhost.evil.com:${started.port}`]) {
    expect((await get(state, { ...headers, host }, 'POST')).status).toBe(403);
    expect((await get(started.mintUiUrl(), { host })).status).toBe(403);
  }
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', 'file://']) {
    expect((await get(state, { ...headers, origin }, 'POST')).status).toBe(403);
    expect((await get(`${started.url}/ui/`, { origin })).status).toBe(403);
  }
  expect((await get(state, { ...headers, 'content-type': 'text/plain' }, 'POST')).status).toBe(415);
  expect((await get(state, { 'content-type': 'application/json' }, 'POST')).status).toBe(401);
});

test('the server ends while a window is open', async () => {
  const { started, client } = await start();
  const phases: string[] = [];
  client.signal('server.changed', ({ phase }) => phases.push(phase));
  await eventually(() => expect(phases).toContain('ready'));
  const startedAt = performance.now();
  await client.command('server.shutdown', {});
  await started.shutdownAsked;
  await started.stop();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await expect(client.command('server.state', {})).rejects.toMatchObject({ code: 'server-unreachable' });
});

test('a running answer ends before the server does', async () => {
  const { started, client } = await start();
  let answer = '';
  let stopping: Promise<void> | undefined;
  for await (const event of client.channel('inference.chat', chat('count to 100'), new AbortController().signal)) {
    if (event.type !== 'text-delta') continue;
    answer += event.text;
    stopping ??= started.stop();
  }
  expect(answer).toMatch(/ 99 100$/);
  await stopping;
});

test('an answer that does not end is cut off with the reason', async () => {
  const { started, client } = await start();
  let stopping: Promise<void> | undefined;
  const reading = (async () => {
    for await (const event of client.channel('inference.chat', chat('hang after 3'), new AbortController().signal)) {
      if (event.type === 'text-delta') stopping ??= started.stop();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: 'shutting-down' });
  await stopping;
});
