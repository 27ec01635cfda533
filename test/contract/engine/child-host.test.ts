import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { createNodeWorkerHost, type WorkerHost, type WorkerProcess } from '#main/base/index.ts';
import { isFailedStart, type Engine, type EngineInstance } from '#main/engine-port/index.ts';
import { codeOf, collect, never, task, testLoadOptions, textOf, until } from '#test/support/engine-tasks.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import {
  createScriptedChildHost,
  createTracedWorkerHost,
  isRunning,
  type ScriptedChildOptions,
} from '#test/support/scripted-child.ts';

/** Quicker than the product's, yet slow enough for children that start on a busy machine. */
const quickHeartbeat = { intervalMs: 400, missedLimit: 4 };

async function load(engine: Engine, signal = never()): Promise<EngineInstance> {
  const instance = await engine.load(
    { model: makeModelRecord({ id: 'tested' }), options: testLoadOptions },
    { signal, onProgress: () => undefined },
  );
  onTestFinished(() => instance.dispose());
  return instance;
}

const loadChild = (options: ScriptedChildOptions = {}): Promise<EngineInstance> =>
  load(createScriptedChildHost(options));

describe('a child that dies', () => {
  test('ends its running and waiting streams with `engine-crashed`, which names model and signal', async () => {
    const instance = await loadChild({ script: { msPerToken: 1 } });
    const events: GenerationEvent[] = [];
    const first = codeOf(collect(instance.generate(task('count to 9000'), never()), events));
    const others = [1, 2, 3].map(() => codeOf(collect(instance.generate(task('count to 9000'), never()))));
    await until(async () => textOf(events).length > 20);
    process.kill(instance.info.pid, 'SIGKILL');
    for (const error of await Promise.all([first, ...others])) {
      expect(error.code).toBe('engine-crashed');
      expect(error.message).toContain('tested');
      expect(error.message).toContain('SIGKILL');
      expect(error.hint).toBe('Send the request again: the engine starts anew.');
      expect(error.data).toEqual({ model: 'tested', stage: 'run', exitCode: null, signal: 'SIGKILL' });
    }
    expect(await instance.closed).toMatchObject({
      reason: 'crashed',
      message: expect.stringContaining('SIGKILL') as string,
    });
    expect((await codeOf(instance.stats())).code).toBe('engine-crashed');
    await instance.dispose();
  });

  test.each(['SIGSEGV', 'SIGABRT', 'SIGTERM'] as const)('of %s while idle is noticed', async (signal) => {
    const instance = await loadChild();
    process.kill(instance.info.pid, signal);
    expect(await instance.closed).toMatchObject({
      reason: 'crashed',
      message: expect.stringContaining(signal) as string,
    });
  });

  test('leaves the streams of another child alone', async () => {
    const engine = createScriptedChildHost({ script: { msPerToken: 1 } });
    const [doomed, healthy] = await Promise.all([load(engine), load(engine)]);
    const answer = collect(healthy.generate(task('count to 60'), never()));
    const lost = codeOf(collect(doomed.generate(task('count to 9000'), never())));
    process.kill(doomed.info.pid, 'SIGKILL');
    expect((await lost).code).toBe('engine-crashed');
    expect(textOf(await answer)).toMatch(/^1 2 3 .* 60$/);
  });

  test('while loading rejects the load', async () => {
    const engine = createScriptedChildHost({ script: { loadFaults: [{ kind: 'crash' }] } });
    const error = await codeOf(load(engine));
    expect(error).toMatchObject({ code: 'engine-crashed', data: { stage: 'load', signal: 'SIGKILL' } });
    expect(isFailedStart(error)).toBe(false);
  });

  test('by an error that nobody caught says which', async () => {
    const instance = await load(createEntryHost('throwing-engine-entry.ts'));
    const error = await codeOf(collect(instance.generate(task('hello'), never())));
    expect(error.code).toBe('engine-crashed');
    expect(error.message).toContain('thrown in a detached callback');
  });
});

describe('a request that is wrong', () => {
  test('is refused by itself; the child and its other streams go on', async () => {
    const instance = await loadChild({ script: { msPerToken: 1 } });
    const answer = collect(instance.generate(task('count to 50'), never()));
    const good = task('hello');
    const wrong = { ...good, sampling: { ...good.sampling, temperature: -1 } };
    expect(await codeOf(collect(instance.generate(wrong, never())))).toMatchObject({ code: 'invalid-request' });
    expect(await codeOf(instance.detokenize([0.5]))).toMatchObject({ code: 'invalid-request' });
    expect(textOf(await answer)).toMatch(/^1 2 3 .* 50$/);
  });
});

describe('a child that lives but does nothing', () => {
  test('is noticed, killed and counted as crashed: stopped by SIGSTOP', async () => {
    const instance = await loadChild({ heartbeat: quickHeartbeat, script: { msPerToken: 1 } });
    const answer = codeOf(collect(instance.generate(task('count to 9000'), never())));
    await until(async () => (await instance.stats()).generatedTokens > 3);
    process.kill(instance.info.pid, 'SIGSTOP');
    const error = await answer;
    expect(error).toMatchObject({ code: 'engine-crashed', data: { signal: 'SIGKILL' } });
    expect(error.message).toContain('it stopped answering');
    expect(isRunning(instance.info.pid)).toBe(false);
  });

  test('is noticed when its event loop is blocked', async () => {
    const instance = await loadChild({ heartbeat: quickHeartbeat });
    const error = await codeOf(collect(instance.generate(task('freeze after 3'), never())));
    expect(error.message).toContain('it stopped answering');
    expect(await instance.closed).toMatchObject({ reason: 'crashed' });
  });

  test('is noticed while it loads', async () => {
    const traced = createTracedWorkerHost();
    const engine = createScriptedChildHost({
      workerHost: traced,
      heartbeat: quickHeartbeat,
      script: { loadMs: 8000 },
    });
    const { promise: begun, resolve } = Promise.withResolvers<undefined>();
    const loading = engine.load(
      { model: makeModelRecord(), options: testLoadOptions },
      { signal: never(), onProgress: () => resolve(undefined) },
    );
    await begun;
    process.kill(traced.workers[0]?.pid ?? 0, 'SIGSTOP');
    expect(await codeOf(loading)).toMatchObject({ code: 'engine-crashed', data: { stage: 'load' } });
  });

  test('is left alone when it is only idle', async () => {
    const instance = await loadChild({ heartbeat: quickHeartbeat });
    await sleep(3000);
    expect(textOf(await collect(instance.generate(task('echo still here'), never())))).toBe('still here');
  });
});

describe('a child that cannot start', () => {
  test('says no hello: the load fails in time and blames the host', async () => {
    const traced = createTracedWorkerHost();
    const engine = createScriptedChildHost({ workerHost: traced, helloTimeoutMs: 300, script: { isMute: true } });
    const error = await codeOf(load(engine));
    expect(error.code).toBe('engine-crashed');
    expect(error.message).toContain('it did not say hello within 0.3 s');
    expect(isFailedStart(error)).toBe(true);
    expect(traced.workers.map(({ pid }) => isRunning(pid))).toEqual([false]);
  });

  test('whose module is missing blames the host and shows what Node wrote', async () => {
    const error = await codeOf(load(createEntryHost('no-such-entry.ts')));
    expect(isFailedStart(error)).toBe(true);
    expect((error.cause as Error).message).toContain('no-such-entry.ts');
  });

  test('because the binary is missing blames the host', async () => {
    const engine = createScriptedChildHost({ workerHost: createNodeWorkerHost({ execPath: '/nowhere/node' }) });
    const error = await codeOf(load(engine));
    expect(isFailedStart(error)).toBe(true);
    expect(error.message).toContain('/nowhere/node');
  });

  test('of another version is refused at hello', async () => {
    const error = await codeOf(load(createEntryHost('other-version-entry.ts')));
    expect(isFailedStart(error)).toBe(true);
    expect(error.message).toContain('it speaks version 0 of the protocol instead of 2');
  });

  test.each(['a message', 'a line'])(
    'talks nonsense in %s: the child is ended, the load fails typed',
    async (where) => {
      const environment = { IMPETUS_BABBLE_IN: where };
      const error = await codeOf(load(createEntryHost('babbling-engine-entry.ts', { environment })));
      expect(error.code).toBe('engine-crashed');
      expect(error.message).toContain('not part of the protocol');
    },
  );
});

describe('processes', () => {
  test('dispose ends the child, also in the middle of an answer', async () => {
    const instance = await loadChild({ script: { msPerToken: 1 } });
    const answer = codeOf(collect(instance.generate(task('count to 9000'), never())));
    await until(async () => (await instance.stats()).generatedTokens > 3);
    await instance.dispose();
    expect((await answer).code).toBe('cancelled');
    expect(isRunning(instance.info.pid)).toBe(false);
    expect(await instance.closed).toEqual({ reason: 'disposed' });
  });

  test('a cancelled load ends the child', async () => {
    const traced = createTracedWorkerHost();
    const engine = createScriptedChildHost({ workerHost: traced, script: { loadFaults: [{ kind: 'hang' }] } });
    const controller = new AbortController();
    const loading = codeOf(load(engine, controller.signal));
    await until(async () => traced.workers.length > 0);
    controller.abort();
    expect((await loading).code).toBe('cancelled');
    expect(traced.workers.map(({ pid }) => isRunning(pid))).toEqual([false]);
  });

  test('a failed load ends the child and keeps its typed error', async () => {
    const traced = createTracedWorkerHost();
    const engine = createScriptedChildHost({
      workerHost: traced,
      script: { loadFaults: [{ kind: 'fail', code: 'model-load-failed', message: 'Tensor x is missing.' }] },
    });
    expect(await codeOf(load(engine))).toMatchObject({ code: 'model-load-failed', message: 'Tensor x is missing.' });
    expect(traced.workers.map(({ pid }) => isRunning(pid))).toEqual([false]);
  });

  test('a child whose parent dies ends itself', async () => {
    const parent = await createNodeWorkerHost().spawn({ entry: supportFile('orphan-maker-entry.ts') });
    const childPid = await new Promise<number>((resolve) => parent.onMessage((pid) => resolve(pid as number)));
    expect(isRunning(childPid)).toBe(true);
    parent.kill();
    await parent.exited;
    await until(async () => !isRunning(childPid));
  });

  test('the child has one libuv thread and none of the secrets in the environment', async () => {
    process.env['IMPETUS_TEST_API_KEY'] = 'secret';
    onTestFinished(() => void delete process.env['IMPETUS_TEST_API_KEY']);
    const traced = createTracedWorkerHost();
    await load(createScriptedChildHost({ workerHost: traced }));
    const { readFile } = await import('node:fs/promises');
    const environment = await readFile(`/proc/${traced.workers[0]?.pid ?? 0}/environ`, 'utf8');
    expect(environment.split('\0')).toContain('UV_THREADPOOL_SIZE=2');
    expect(environment).not.toContain('IMPETUS_TEST_API_KEY');
  });
});

describe('back-pressure', () => {
  test('a reader that stops leaves at most a window of events unread; the child waits', async () => {
    const instance = await loadChild();
    const events = instance.generate(task('count to 9000', { ignoreEnd: true, maxTokens: 400 }), never());
    const reading = events[Symbol.asyncIterator]();
    expect((await reading.next()).value).toMatchObject({ type: 'start' });
    let before = -1;
    await until(async () => {
      const { generatedTokens } = await instance.stats();
      const isStill = generatedTokens === before;
      before = generatedTokens;
      await sleep(30);
      return isStill;
    });
    // What the parent may hold, what the child's engine may hold, and one in hand.
    expect(before).toBeLessThanOrEqual(256 + 256 + 2);
    let count = 1;
    while (!(await reading.next()).done) count++;
    expect(count).toBeGreaterThan(400);
  });

  test('a child that sends more than it was granted is ended', async () => {
    const instance = await load(createEntryHost('flooding-engine-entry.ts'));
    const reading = instance.generate(task('anything'), never())[Symbol.asyncIterator]();
    const first = reading.next();
    expect(await instance.closed).toMatchObject({
      reason: 'crashed',
      message: expect.stringContaining('more events than it was granted') as string,
    });
    await first;
    await reading.return?.();
  });

  test('cancel reaches the engine within a few steps', async () => {
    const instance = await loadChild({ script: { msPerToken: 2 } });
    const controller = new AbortController();
    const answer = codeOf(collect(instance.generate(task('count to 9000'), controller.signal)));
    await until(async () => (await instance.stats()).generatedTokens >= 5);
    const { generatedTokens: atAbort } = await instance.stats();
    controller.abort();
    expect((await answer).code).toBe('cancelled');
    await until(async () => (await instance.stats()).sequences.every(({ state }) => state === 'idle'));
    expect((await instance.stats()).generatedTokens).toBeLessThan(atAbort + 15);
  });
});

function createEntryHost(file: string, options: ScriptedChildOptions = {}): Engine {
  return createScriptedChildHost({ workerHost: withEntry(supportFile(file)), ...options });
}

function withEntry(entry: string): WorkerHost {
  const inner = createNodeWorkerHost();
  return { spawn: (options): Promise<WorkerProcess> => inner.spawn({ ...options, entry }) };
}

function supportFile(name: string): string {
  return path.resolve(import.meta.dirname, '../../support', name);
}
