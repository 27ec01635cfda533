import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const snapshotSchema = z.object({
  snapshot: z.object({ meta: z.object({ node_fields: z.array(z.string()), node_types: z.array(z.unknown()) }) }),
  nodes: z.array(z.number()),
  strings: z.array(z.string()),
});
const memorySchema = z.object({ heapUsed: z.number(), external: z.number() });
const openLimitMs = 60_000;

/** In bytes: V8's own objects, and what they hold outside its heap. */
export interface HeapSize {
  heap: number;
  external: number;
}

/** Live objects by the name of their class, and the names of all functions and classes there are. */
export interface LiveObjects {
  counts: Map<string, number>;
  functions: Set<string>;
}

/** Collects the garbage of the process whose inspector listens on this port, and measures what is left. */
export async function readHeapSize(port: number): Promise<HeapSize> {
  const session = await openSession(port);
  try {
    await session.ask('HeapProfiler.enable');
    await session.ask('HeapProfiler.collectGarbage');
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = (await session.ask('Runtime.evaluate', { expression })) as { result: { value: string } };
    const { heapUsed, external } = memorySchema.parse(JSON.parse(result.value));
    return { heap: heapUsed, external };
  } finally {
    session.close();
  }
}

/** The process stands still meanwhile, for seconds with a large heap. */
export async function readLiveObjects(port: number): Promise<LiveObjects> {
  const session = await openSession(port);
  try {
    await session.ask('HeapProfiler.enable');
    return countObjects(await session.takeSnapshot());
  } finally {
    session.close();
  }
}

/** Of a V8 heap snapshot. */
export function countObjects(text: string): LiveObjects {
  const { snapshot, nodes, strings } = snapshotSchema.parse(JSON.parse(text));
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const kinds = types[0] as string[];
  const place = { type: fields.indexOf('type'), name: fields.indexOf('name') };
  const live: LiveObjects = { counts: new Map(), functions: new Set() };
  for (let start = 0; start < nodes.length; start += fields.length) {
    const kind = kinds[nodes[start + place.type] ?? -1];
    const name = strings[nodes[start + place.name] ?? -1] ?? '';
    if (kind === 'object') live.counts.set(name, (live.counts.get(name) ?? 0) + 1);
    else if (kind === 'closure') live.functions.add(name);
  }
  return live;
}

interface Session {
  ask(method: string, parameters?: object): Promise<unknown>;
  takeSnapshot(): Promise<string>;
  close(): void;
}

interface Message {
  id?: number;
  result?: unknown;
  error?: { message: string };
  method?: string;
  params?: { chunk?: string };
}

async function openSession(port: number): Promise<Session> {
  const socket = new WebSocket(await findTarget(port));
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let chunks: string[] = [];
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(String(data)) as Message;
    if (method === 'HeapProfiler.addHeapSnapshotChunk') chunks.push(params?.chunk ?? '');
    const asked = id === undefined ? undefined : waiting.get(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result);
  });
  const opened = Promise.withResolvers<undefined>();
  socket.addEventListener('open', () => opened.resolve(undefined));
  socket.addEventListener('error', () => opened.reject(new Error(`The inspector on port ${port} does not answer.`)));
  await opened.promise;
  socket.addEventListener('close', () => {
    for (const asked of waiting.values()) asked.reject(new Error('The process under inspection ended.'));
  });
  const ask = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++lastId;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(id, asked);
    socket.send(JSON.stringify({ id, method, params }));
    return asked.promise.finally(() => waiting.delete(id));
  };
  const takeSnapshot = async (): Promise<string> => {
    chunks = [];
    await ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    return chunks.join('');
  };
  return { ask, takeSnapshot, close: () => socket.close() };
}

async function findTarget(port: number): Promise<string> {
  const deadline = performance.now() + openLimitMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined);
    const targets = targetsSchema.safeParse(await response?.json());
    const url = targets.data?.[0]?.webSocketDebuggerUrl;
    if (url !== undefined) return url;
    if (performance.now() > deadline) throw new Error(`No inspector listens on port ${port}.`);
    await sleep(50);
  }
}
