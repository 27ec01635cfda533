import { readdir, readFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { eventually } from '#test/support/eventually.ts';
import { startApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

/** What keeps this process alive, without what the test runner itself holds. */
function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // Timers of the runner come and go; file work ends by itself.
    if (kind === 'Timeout' || kind === 'Immediate' || kind === 'FSReqPromise') continue;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

interface Asked {
  headers?: Record<string, string>;
  body?: string;
}

/** One request on a connection of its own, which is closed at the end. */
function ask(port: number, target: string, { headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = request({ host: '127.0.0.1', port, path: target, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test(
  'the app answers with its CORS rules and its errors between start and stop, and leaves no handle open',
  verifies(['S1-22'], { breaks: 'src/main/app.ts#createApp' }, async () => {
    const before = openHandles();
    const started = await startApp({ model: tinyModelPath, contextSize: 256, slots: 1 });
    const { port } = started;
    const running = openHandles();
    expect(running['TCPServerWrap']).toBeGreaterThan(before['TCPServerWrap'] ?? 0);
    expect(running['ProcessWrap']).toBeGreaterThan(before['ProcessWrap'] ?? 0);
    const body = '{"prompt":"Hello","max_tokens":4,"ignore_eos":true}';
    const answer = await ask(port, '/v1/completions', { body });
    expect(JSON.parse(answer.body)).toMatchObject({ usage: { completion_tokens: 4 } });
    const foreign = await ask(port, '/v1/models', { headers: { origin: 'https://evil' } });
    expect(foreign.status).toBe(403);
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    const nowhere = await ask(port, '/no/such/route');
    expect([nowhere.status, JSON.parse(nowhere.body)]).toMatchObject([404, { error: { code: 'route_not_found' } }]);
    await started.stop();
    await eventually(() => expect(openHandles()).toEqual(before), 10_000);
  }),
);

test(
  'times are stored in UTC, wherever the machine stands',
  verifies(['S1-18'], { breaks: 'src/main/app.ts#createApp' }, async () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    onTestFinished(() => {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    });
    expect(new Date(0).getHours()).toBe(9);
    const home = await createTempFolder();
    const started = await startApp({ home, model: tinyModelPath, contextSize: 256, slots: 1 });
    const { startedAt } = JSON.parse(await readFile(started.paths.instance, 'utf8')) as { startedAt: string };
    await started.stop();
    const database = new DatabaseSync(started.paths.database);
    const [model] = database.prepare('SELECT added_at FROM models').all();
    database.close();
    const [log = ''] = await readdir(started.paths.logs);
    const lines = (await readFile(path.join(started.paths.logs, log), 'utf8')).trim().split('\n');
    const times = [startedAt, model?.['added_at'], ...lines.map((line) => (JSON.parse(line) as { time: string }).time)];
    expect(times.length).toBeGreaterThan(2);
    for (const time of times) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(60_000);
    }
    expect(log).toBe(`impetus-${new Date().toISOString().slice(0, 10)}.log`);
  }),
);
