import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';

const context = { signal: new AbortController().signal, requestId: 'test' };

async function ask({ inference }: TestServer, minimumContextSize: number): Promise<number> {
  let contextSize = 0;
  const request = {
    prompt: { type: 'text' as const, text: 'count to 1' },
    sampling: {},
    stops: [],
    minimumContextSize,
  };
  for await (const event of inference.generate(request, context)) {
    if (event.type === 'start') contextSize = event.contextSize;
  }
  return contextSize;
}

test('a request that wants more context loads an idle model again with more, and never with less', async () => {
  const server = await startTestServer({ settings: { contextSize: 1024 } });
  expect(await ask(server, 512)).toBe(1024);
  expect(await ask(server, 4096)).toBe(4096);
  expect(await ask(server, 2048)).toBe(4096);
  expect(server.engine.instances).toHaveLength(2);
});

test('a model is loaded by name without being used, and freed again', async () => {
  const { inference } = await startTestServer();
  expect((await inference.load({ model: 'test-model', minimumContextSize: 9000 }, context)).status).toMatchObject({
    state: 'loaded',
    contextSize: 9000,
  });
  expect((await inference.unload('test-model')).status).toEqual({ state: 'unloaded' });
  await expect(inference.load({ model: 'nobody' }, context)).rejects.toMatchObject({ code: 'model-not-found' });
});

test('a model that answers leaves memory with its last answer', async () => {
  const { inference, engine, scheduler } = await startTestServer({ msPerToken: 'manual' });
  const request = { prompt: { type: 'text' as const, text: 'count to 2' }, sampling: {}, stops: [] };
  const events = inference.generate(request, context)[Symbol.asyncIterator]();
  const first = events.next();
  await engine.step(1);
  await first;
  expect((await inference.unload('test-model')).status).toMatchObject({ state: 'loaded' });
  const rest = (async () => {
    while (!(await events.next()).done);
  })();
  await engine.step(5);
  await rest;
  await expect.poll(() => scheduler.states().get('test-model')).toBeUndefined();
});

test('nothing is loaded while serving is paused', async () => {
  const { inference, engine } = await startTestServer();
  inference.pause();
  await expect(inference.load({}, context)).rejects.toMatchObject({ code: 'server-paused' });
  expect(engine.instances).toHaveLength(0);
});
