/**
 * The server that `npm run bench -- --suite router` measures: the whole app over the scripted engine, in this process
 * or in a child, and a bare fastify route with an answer of the same size beside it.
 */
import { fastify } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { createMainHost } from '#main/engines/index.ts';
import { tinyModelPath } from './dev-cache.ts';
import { createScriptedChildHost } from './scripted-child.ts';
import { createScriptedEngine } from './scripted-engine.ts';
import { startApp } from './start-app.ts';

interface Question {
  kind: 'engine' | 'engine-stream' | 'cpu';
  count?: number;
}

const isChild = process.argv[2] === 'child';
const engine = isChild ? createScriptedChildHost() : createMainHost({ engine: createScriptedEngine() });
const started = await startApp({ engines: isChild ? { child: engine } : { main: engine }, model: tinyModelPath });
const bare = fastify();
const answer = {
  id: 'x'.repeat(40),
  choices: [{ message: { role: 'assistant', content: 'yes' } }],
  padding: 'y'.repeat(500),
};
bare.post('/v1/chat/completions', async () => answer);
const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' });

process.on('disconnect', () => process.exit(0));
process.on('message', (question: Question) => {
  void reply(question).then((result) => process.send?.(result));
});
process.send?.({ url: started.url, bareUrl });

let cpuBefore = process.cpuUsage();

async function reply({ kind, count = 1 }: Question): Promise<object> {
  switch (kind) {
    case 'engine':
      return { engineMs: await timeCalls(count) };
    case 'engine-stream': {
      const before = process.cpuUsage();
      const events = await drain(`count to ${count}`);
      return { events, cpuMs: toMs(process.cpuUsage(before)) };
    }
    case 'cpu': {
      const cpuMs = toMs(process.cpuUsage(cpuBefore));
      cpuBefore = process.cpuUsage();
      return { cpuMs };
    }
    default:
      return kind satisfies never;
  }
}

async function timeCalls(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const startedAt = performance.now();
    await drain('echo yes');
    times.push(performance.now() - startedAt);
  }
  return times;
}

async function drain(content: string): Promise<number> {
  const request: GenerationRequest = {
    prompt: { type: 'chat', messages: [{ role: 'user', content }] },
    sampling: {},
    stops: [],
  };
  const signal = new AbortController().signal;
  let events = 0;
  for await (const event of started.app.inference.generate(request, { signal, requestId: 'bench' })) {
    if (event.type === 'text-delta') events += 1;
  }
  return events;
}

function toMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}
