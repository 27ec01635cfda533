import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Engine, EngineInstance } from '#main/engine-port/index.ts';
import { createChildHost } from '#main/engines/index.ts';
import { findAppFiles } from '#main/app-files.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { codeOf, collect, never, task, textOf } from '#test/support/engine-tasks.ts';
import { eventually } from '#test/support/eventually.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedChildHost, createTracedWorkerHost, isRunning } from '#test/support/scripted-child.ts';

const options = { contextSize: 512, slots: 1, threads: 1, gpu: 'off' as const, gpuLayers: 0, batchSize: 128 };

async function load(engine: Engine, path?: string): Promise<EngineInstance> {
  const model = makeModelRecord({ id: 'm', ...(path === undefined ? {} : { path }) });
  const instance = await engine.load({ model, options }, { signal: never(), onProgress: () => undefined });
  onTestFinished(() => instance.dispose());
  return instance;
}

describe('a spare child', () => {
  test('stands ready once a model runs, takes the place of one that dies, and ends with the last model', async () => {
    const traced = createTracedWorkerHost();
    const spare = { delayMs: 0, mayStart: () => true };
    const engine = createScriptedChildHost({ workerHost: traced, spare });
    const first = await load(engine);
    await eventually(() => expect(traced.workers).toHaveLength(2));
    process.kill(first.info.pid, 'SIGKILL');
    expect(await first.closed).toMatchObject({ reason: 'crashed' });

    const second = await load(engine);
    expect(second.info.pid).toBe(traced.workers[1]?.pid);
    expect(textOf(await collect(second.generate(task('echo still here'), never())))).toBe('still here');
    await eventually(() => expect(traced.workers).toHaveLength(3));

    await second.dispose();
    await eventually(() => expect(traced.workers.map(({ pid }) => isRunning(pid))).toEqual([false, false, false]));
  }, 30_000);

  test('that died itself is in nobody’s way', async () => {
    const traced = createTracedWorkerHost();
    const engine = createScriptedChildHost({ workerHost: traced, spare: { delayMs: 0, mayStart: () => true } });
    await load(engine);
    await eventually(() => expect(traced.workers).toHaveLength(2));
    traced.workers[1]?.kill();
    await traced.workers[1]?.exited;
    await new Promise((resolve) => setImmediate(resolve));
    const second = await load(engine);
    expect(second.info.pid).toBe(traced.workers[2]?.pid);
    expect(textOf(await collect(second.generate(task('echo here'), never())))).toBe('here');
  }, 30_000);

  test('is not started where memory is short, nor by default', async () => {
    for (const spare of [{ spare: { delayMs: 0, mayStart: () => false } }, {}]) {
      const traced = createTracedWorkerHost();
      const instance = await load(createScriptedChildHost({ workerHost: traced, ...spare }));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(traced.workers).toHaveLength(1);
      await instance.dispose();
    }
  });

  test('has the library loaded: the weights are all that a model still needs', async () => {
    const traced = createTracedWorkerHost();
    const engine = createChildHost({
      workerHost: traced,
      entry: findAppFiles().engineEntry,
      engineName: 'llama-cpp',
      spare: { delayMs: 0, mayStart: () => true },
    });
    const first = await load(engine, smolModelPath);
    const spare = await eventually(() => {
      const pid = traced.workers[1]?.pid ?? 0;
      expect(readFileSync(`/proc/${pid}/maps`, 'utf8')).toMatch(/libllama/);
      return pid;
    });
    process.kill(first.info.pid, 'SIGKILL');
    await first.closed;
    const second = await load(engine, smolModelPath);
    expect(second.info.pid).toBe(spare);
    expect((await codeOf(collect(first.generate(task('x'), never())))).code).toBe('engine-crashed');
    expect((await collect(second.generate(task('Hello'), never()))).at(-1)).toMatchObject({ type: 'finish' });
  }, 60_000);
});
