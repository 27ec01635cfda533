import { fork, type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import path from 'node:path';
import type { BenchContext, Suite } from './bench-context.ts';
import { quantile } from './statistics.ts';

/** What `test/support/router-bench-entry.ts` answers. */
interface Answer {
  url?: string;
  bareUrl?: string;
  /** Time of each engine call, in ms. */
  engineMs?: number[];
  cpuMs?: number;
  events?: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** What Impetus adds around an engine that costs nothing: per request, and per streamed event. */
export const routerSuite: Suite = async (context) => {
  for (const host of ['main', 'child'] as const) await measureHost(context, host);
};

async function measureHost(context: BenchContext, host: 'main' | 'child'): Promise<void> {
  const entry = path.join(context.root, 'test', 'support', 'router-bench-entry.ts');
  const server = fork(entry, [host], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const { url = '', bareUrl = '' } = await nextAnswer(server);
    await measureRequests(context, { server, host, url, bareUrl });
    await measureEvents(context, { server, host, url, bareUrl });
  } finally {
    server.disconnect();
    server.kill();
  }
}

interface RouterArm {
  server: ChildProcess;
  host: 'main' | 'child';
  url: string;
  bareUrl: string;
}

async function measureRequests(context: BenchContext, { server, host, url, bareUrl }: RouterArm): Promise<void> {
  const count = 3000;
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'echo yes' }] });
  for (const target of [url, bareUrl]) await timeRequests(target, body, 300);
  const { engineMs = [] } = await ask(server, { kind: 'engine', count });
  const routerMs = await timeRequests(url, body, count);
  const bareMs = await timeRequests(bareUrl, body, count);
  const row = { suite: 'Router', against: '', threads: 1 };
  const p50 = (times: number[]) => quantile(times, 0.5) * 1000;
  context.keep(`router, ${host}`, { engine: p50(engineMs), router: p50(routerMs), bare: p50(bareMs) });
  context.add({
    ...row,
    what: `added to an engine call by HTTP as a whole, p50, ${host} host`,
    figure: { value: p50(routerMs) - p50(engineMs), unit: 'us', note: 'client and loopback included' },
  });
  context.add({
    ...row,
    what: `of that beyond a bare fastify answer, p50, ${host} host`,
    figure: { value: p50(routerMs) - p50(engineMs) - p50(bareMs), unit: 'us' },
    ...(host === 'main' ? { target: { atMost: 100 } } : {}),
  });
  context.add({
    ...row,
    what: `requests a second, share of bare fastify, ${host} host`,
    figure: { value: mean(bareMs) / mean(routerMs), unit: 'x' },
    ...(host === 'main' ? { target: { atLeast: 0.5 } } : {}),
  });
}

async function measureEvents(context: BenchContext, { server, host, url }: RouterArm): Promise<void> {
  const events = 20_000;
  const body = JSON.stringify({ stream: true, messages: [{ role: 'user', content: `count to ${events}` }] });
  await send(`${url}/v1/chat/completions`, body);
  const engine = await ask(server, { kind: 'engine-stream', count: events });
  await ask(server, { kind: 'cpu' });
  await send(`${url}/v1/chat/completions`, body);
  const { cpuMs = 0 } = await ask(server, { kind: 'cpu' });
  const engineEvents = engine.events ?? events;
  const perEvent = ((cpuMs - (engine.cpuMs ?? 0)) * 1000) / engineEvents;
  context.keep(`router events, ${host}`, { events: engineEvents, cpuMs, engineCpuMs: engine.cpuMs });
  context.add({
    ...{ suite: 'Router', against: '', threads: 1 },
    what: `CPU a streamed event beyond the engine's own, ${host} host`,
    figure: { value: perEvent, unit: 'us' },
    ...(host === 'main' ? { target: { atMost: 5 } } : {}),
  });
}

async function timeRequests(url: string, body: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    await send(`${url}/v1/chat/completions`, body);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function send(url: string, body: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
    response.resume();
    response.once('error', reject);
    response.once('end', () =>
      response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}.`)),
    );
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

function ask(server: ChildProcess, question: { kind: string; count?: number }): Promise<Answer> {
  const answer = nextAnswer(server);
  server.send(question);
  return answer;
}

function nextAnswer(server: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    server.once('message', (message) => resolve(message as Answer));
    server.once('exit', (code) => reject(new Error(`The router under test ended with code ${code}.`)));
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
