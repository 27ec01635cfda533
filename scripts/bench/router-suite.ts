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

/** Turns before the first that counts: the first thousands of requests run code that V8 has not compiled yet. */
const warmUpTurns = 4;

const ways = ['engine', 'router', 'bare'] as const;
type Way = (typeof ways)[number];

/** What one way of answering cost: the time of each request in ms, and the server's processor time for one in us. */
interface Cost {
  timesMs: number[];
  cpuUs: number;
}

/** Each turn asks all three, so that a busy minute of the machine falls on all of them. */
async function measureRequests(context: BenchContext, arm: RouterArm): Promise<void> {
  const turns = context.isQuick ? 6 : 12;
  const kept: Record<Way, Cost>[] = [];
  for (let turn = -warmUpTurns; turn < turns; turn++) {
    const costs: Record<Way, Cost> = {
      engine: await measureWay(arm, 'engine'),
      router: await measureWay(arm, 'router'),
      bare: await measureWay(arm, 'bare'),
    };
    if (turn >= 0) kept.push(costs);
  }
  addRequestRows(context, arm.host, kept);
}

async function measureWay({ server, url, bareUrl }: RouterArm, way: Way): Promise<Cost> {
  const count = 500;
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'echo yes' }] });
  await ask(server, { kind: 'cpu' });
  const timesMs =
    way === 'engine'
      ? ((await ask(server, { kind: 'engine', count })).engineMs ?? [])
      : await timeRequests(way === 'router' ? url : bareUrl, body, count);
  const { cpuMs = 0 } = await ask(server, { kind: 'cpu' });
  return { timesMs, cpuUs: (cpuMs * 1000) / count };
}

function addRequestRows(context: BenchContext, host: RouterArm['host'], turns: readonly Record<Way, Cost>[]): void {
  const timesOf = (way: Way): number[] => turns.flatMap((costs) => costs[way].timesMs);
  const beyond = turns.map(({ engine, router, bare }) => p50(router.timesMs) - p50(engine.timesMs) - p50(bare.timesMs));
  const cpuBeyond = turns.map(({ engine, router, bare }) => router.cpuUs - engine.cpuUs - bare.cpuUs);
  const cpuUs = ways.map((way) => [way, turns.map((costs) => costs[way].cpuUs)]);
  context.keep(`router, ${host}`, {
    ...Object.fromEntries(ways.map((way) => [way, p50(timesOf(way))])),
    ...{ beyond, cpuBeyond, cpuUs: Object.fromEntries(cpuUs) as unknown },
  });
  const row = { suite: 'Router', against: '', threads: 1 };
  const note = `median of ${turns.length} turns`;
  context.add({
    ...row,
    what: `a whole request over loopback, p50, ${host} host`,
    figure: { value: p50(timesOf('router')), unit: 'us', note: 'client included' },
    ...(host === 'main' ? { target: { atMost: 250 } } : {}),
  });
  context.add({
    ...row,
    what: `added to an engine call by HTTP as a whole, p50, ${host} host`,
    figure: {
      value: p50(timesOf('router')) - p50(timesOf('engine')),
      unit: 'us',
      note: 'client and loopback included',
    },
  });
  context.add({
    ...row,
    what: `of that beyond a bare fastify answer, p50, ${host} host`,
    figure: { value: quantile(beyond, 0.5), unit: 'us', note },
    ...(host === 'main' ? { target: { atMost: 100 } } : {}),
  });
  context.add({
    ...row,
    what: `the same as processor time, ${host} host`,
    figure: { value: quantile(cpuBeyond, 0.5), unit: 'us', note },
  });
  context.add({
    ...row,
    what: `requests a second, share of bare fastify, ${host} host`,
    figure: { value: mean(timesOf('bare')) / mean(timesOf('router')), unit: 'x' },
    ...(host === 'main' ? { target: { atLeast: 0.5 } } : {}),
  });
}

function p50(timesMs: readonly number[]): number {
  return quantile(timesMs, 0.5) * 1000;
}

/** Fits the context of the scripted engine; one stream of that length is too short to be compiled code. */
const eventsPerStream = 4000;
const warmUpStreams = 12;

async function measureEvents(context: BenchContext, { server, host, url }: RouterArm): Promise<void> {
  const streams = context.isQuick ? 8 : 24;
  const body = JSON.stringify({ stream: true, messages: [{ role: 'user', content: `count to ${eventsPerStream}` }] });
  const pairs: { engineMs: number; routerMs: number }[] = [];
  for (let stream = -warmUpStreams; stream < streams; stream++) {
    const { cpuMs: engineMs = 0 } = await ask(server, { kind: 'engine-stream', count: eventsPerStream });
    await ask(server, { kind: 'cpu' });
    await send(`${url}/v1/chat/completions`, body);
    const { cpuMs: routerMs = 0 } = await ask(server, { kind: 'cpu' });
    if (stream >= 0) pairs.push({ engineMs, routerMs });
  }
  const perEvent = pairs.map(({ engineMs, routerMs }) => ((routerMs - engineMs) * 1000) / eventsPerStream);
  context.keep(`router events, ${host}`, { eventsPerStream, pairs });
  context.add({
    ...{ suite: 'Router', against: '', threads: 1 },
    what: `CPU a streamed event beyond the engine's own, ${host} host`,
    figure: { value: quantile(perEvent, 0.5), unit: 'us', note: `median of ${streams} streams` },
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
    const onExit = (code: number | null): void => reject(new Error(`The router under test ended with code ${code}.`));
    server.once('exit', onExit);
    server.once('message', (message) => {
      server.off('exit', onExit);
      resolve(message as Answer);
    });
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
