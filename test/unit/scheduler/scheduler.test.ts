import { describe, expect, onTestFinished, test } from 'vitest';
import type { LoadOptions, ModelRecord, ModelTrust } from '#shared/domain/model.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { createLogger, type LogFeed } from '#main/base/index.ts';
import type { Engine, InstanceStats, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { createScheduler, type AcquireRequest, type Scheduler } from '#main/scheduler/index.ts';
import { codeOf, collect, never, task, textOf } from '#test/support/engine-tasks.ts';
import { FakeClock, settle } from '#test/support/fake-clock.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import {
  createScriptedEngine,
  type ScriptedEngine,
  type ScriptedEngineOptions,
} from '#test/support/scripted-engine.ts';
import { verifies } from '#test/support/verifies.ts';

const minute = 60_000;
const gigabyte = 1e9;

interface Stage {
  scheduler: Scheduler;
  main: ScriptedEngine;
  child: ScriptedEngine;
  clock: FakeClock;
  settings: Settings;
  trust: [string, ModelTrust][];
  log: LogFeed;
  /** Memory free beside what the loaded models take. */
  setMemory: (freeBytes: number) => void;
  acquire: (model: ModelRecord, more?: Partial<AcquireRequest>) => ReturnType<Scheduler['acquire']>;
}

interface StageOptions {
  settings?: Partial<Settings>;
  hasGpu?: boolean;
  engine?: ScriptedEngineOptions;
  engines?: (stage: { main: ScriptedEngine; child: ScriptedEngine }) => { main?: Engine; child?: Engine };
}

/** A scheduler over two scripted engines, a clock that stands still and a machine with 16 GB. */
function setStage({ settings: chosen = {}, hasGpu = false, engine = {}, engines }: StageOptions = {}): Stage {
  const main = createScriptedEngine({ ...engine, placement: 'main' });
  const child = createScriptedEngine({ ...engine, placement: 'child' });
  const clock = new FakeClock();
  const settings: Settings = { ...defaultSettings, ...chosen };
  const trust: [string, ModelTrust][] = [];
  const { logger, feed } = createLogger({ level: 'debug', write: () => undefined });
  let memory = 16 * gigabyte;
  const scheduler = createScheduler({
    engines: engines?.({ main, child }) ?? { main, child },
    settings: () => settings,
    fileTrust: { setTrust: (id, value) => void trust.push([id, value]) },
    machine: {
      physicalCores: 2,
      hasGpu,
      readMemory() {
        const taken = [...scheduler.states().values()].map((state) =>
          state.state === 'loaded' ? state.memoryBytes : 0,
        );
        return { totalBytes: 16 * gigabyte, availableBytes: memory - taken.reduce((sum, bytes) => sum + bytes, 0) };
      },
    },
    logger,
    clock,
  });
  onTestFinished(() => scheduler.stop());
  return {
    scheduler,
    main,
    child,
    clock,
    settings,
    trust,
    log: feed,
    setMemory: (freeBytes) => (memory = freeBytes),
    acquire: (model, more = {}) => scheduler.acquire({ model, signal: never(), ...more }),
  };
}

const modelA = makeModelRecord({ id: 'a' });
const modelB = makeModelRecord({ id: 'b' });

describe('acquire', () => {
  test('loads the model once for all who ask at the same time', async () => {
    const { acquire, child, scheduler } = setStage({ engine: { loadMs: 20 } });
    const leases = await Promise.all([acquire(modelA), acquire(modelA), acquire(modelA)]);
    expect(child.instances).toHaveLength(1);
    expect(new Set(leases.map(({ instance }) => instance)).size).toBe(1);
    expect(scheduler.states().get('a')).toMatchObject({
      state: 'loaded',
      placement: 'child',
      activeRequests: 3,
      slots: 4,
    });
    for (const lease of leases) lease.release();
    expect(scheduler.states().get('a')).toMatchObject({ activeRequests: 0 });
  });

  test('reports the progress of the load to everyone who waits', async () => {
    const { acquire } = setStage({ engine: { loadMs: 20 } });
    const seen: Record<string, number[]> = { first: [], second: [] };
    const watch = (name: string) => acquire(modelA, { onProgress: (progress) => seen[name]?.push(progress) });
    await Promise.all([watch('first'), watch('second')]);
    expect(seen).toEqual({ first: [0.25, 0.5, 0.75, 1], second: [0.25, 0.5, 0.75, 1] });
  });

  test('one who gives up does not end the load for the others', async () => {
    const { acquire, child } = setStage({ engine: { loadMs: 20 } });
    const controller = new AbortController();
    const impatient = codeOf(acquire(modelA, { signal: controller.signal }));
    const patient = acquire(modelA);
    controller.abort();
    expect((await impatient).code).toBe('cancelled');
    expect((await patient).instance).toBe(child.instances[0]);
  });

  test('a load whose only client gave up goes on, so that its next try finds the model', async () => {
    const { acquire, child, scheduler } = setStage({ engine: { loadMs: 20 } });
    const controller = new AbortController();
    const impatient = codeOf(acquire(modelA, { signal: controller.signal }));
    await settle();
    controller.abort();
    expect((await impatient).code).toBe('cancelled');
    await until(() => scheduler.states().get('a')?.state === 'loaded');
    expect(scheduler.states().get('a')).toMatchObject({ activeRequests: 0, unloadsAt: '2026-11-21T12:30:00.000Z' });
    await acquire(modelA);
    expect(child.instances).toHaveLength(1);
  });

  test('a failed load is told to everyone who waited, shown, and tried again by the next', async () => {
    const { acquire, child, scheduler } = setStage({ engine: { loadMs: 8 } });
    child.loadFaults.push({ kind: 'fail', code: 'model-load-failed', message: 'No tensors.' });
    const errors = await Promise.all([codeOf(acquire(modelA)), codeOf(acquire(modelA))]);
    expect(errors.map(({ code }) => code)).toEqual(['model-load-failed', 'model-load-failed']);
    expect(scheduler.states().get('a')).toEqual({ state: 'failed', code: 'model-load-failed', message: 'No tensors.' });
    await acquire(modelA);
    expect(scheduler.states().get('a')?.state).toBe('loaded');
  });

  test('an idle model loaded otherwise is loaded again as asked; one in use is shared as it is', async () => {
    const { acquire, child } = setStage();
    const withContext = (contextSize: number): { loadOptions: LoadOptions } => ({ loadOptions: { contextSize } });
    const first = await acquire(modelA, withContext(1024));
    const second = await acquire(modelA, withContext(2048));
    expect(second.instance.info.contextSize).toBe(1024);
    first.release();
    second.release();
    const third = await acquire(modelA, withContext(2048));
    expect(third.instance.info.contextSize).toBe(2048);
    third.release();
    const fourth = await acquire(modelA);
    expect(fourth.instance).toBe(third.instance);
    expect(child.instances).toHaveLength(2);
  });

  test('a model in quarantine is refused without a load', async () => {
    const { acquire, child } = setStage();
    const error = await codeOf(acquire(makeModelRecord({ id: 'evil', trust: 'quarantined' })));
    expect(error.code).toBe('model-quarantined');
    expect(error.message).toContain('evil');
    expect(child.instances).toHaveLength(0);
  });

  test('counts what runs and what waits', async () => {
    const { acquire, scheduler } = setStage({ settings: { slots: 2 } });
    const leases = [await acquire(modelA), await acquire(modelA), await acquire(modelA)];
    expect(scheduler.activity()).toEqual({ activeRequests: 2, queuedRequests: 1 });
    for (const lease of leases) lease.release();
    expect(scheduler.activity()).toEqual({ activeRequests: 0, queuedRequests: 0 });
  });
});

describe('idle time', () => {
  test('unloads a model 30 minutes after its last request', async () => {
    const { acquire, clock, scheduler } = setStage();
    const lease = await acquire(modelA);
    await clock.advance(31 * minute);
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', unloadsAt: null });
    lease.release();
    await clock.advance(30 * minute - 1);
    expect(scheduler.states().get('a')?.state).toBe('loaded');
    await clock.advance(1);
    expect(scheduler.states().get('a')).toBeUndefined();
  });

  test('starts anew with every request, and each request may choose it', async () => {
    const { acquire, clock, scheduler } = setStage();
    (await acquire(modelA, { keepAliveMs: 5 * minute })).release();
    await clock.advance(4 * minute);
    (await acquire(modelA, { keepAliveMs: 5 * minute })).release();
    await clock.advance(4 * minute);
    expect(scheduler.states().get('a')?.state).toBe('loaded');
    await clock.advance(minute);
    expect(scheduler.states().has('a')).toBe(false);
  });

  test('-1 keeps the model for ever, 0 unloads it with the last request', async () => {
    const { acquire, clock, scheduler } = setStage();
    (await acquire(modelA, { keepAliveMs: -1 })).release();
    await clock.advance(1000 * 60 * minute);
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', unloadsAt: null });
    const other = await acquire(modelA);
    (await acquire(modelA, { keepAliveMs: 0 })).release();
    expect(scheduler.states().get('a')?.state).toBe('loaded');
    other.release();
    const last = await acquire(modelA, { keepAliveMs: 0 });
    last.release();
    await settle();
    expect(scheduler.states().has('a')).toBe(false);
    expect(clock.timerCount).toBe(0);
  });

  test('0 serves every request that waited for the load before it unloads', async () => {
    const { acquire, child, scheduler } = setStage({ engine: { loadMs: 8 } });
    const ask = async () => (await acquire(modelA, { keepAliveMs: 0 })).release();
    await Promise.all([ask(), ask(), ask()]);
    await settle();
    expect(scheduler.states().has('a')).toBe(false);
    expect(child.instances.length).toBeLessThanOrEqual(3);
  });

  test('the setting -1 pins every model', async () => {
    const { acquire, clock, scheduler } = setStage({ settings: { idleUnloadMinutes: -1 } });
    (await acquire(modelA)).release();
    await clock.advance(10_000 * minute);
    expect(scheduler.states().get('a')?.state).toBe('loaded');
  });
});

describe('memory', () => {
  test('refuses with numbers what can never fit, and touches nothing else', async () => {
    const { acquire, scheduler, setMemory } = setStage();
    (await acquire(modelA)).release();
    setMemory(3 * gigabyte);
    const lease = await acquire(modelA);
    const error = await codeOf(acquire(makeModelRecord({ id: 'huge', sizeBytes: 40 * gigabyte })));
    expect(error.code).toBe('memory-insufficient');
    expect(error.data).toMatchObject({
      model: 'huge',
      needBytes: expect.closeTo(40.16e9, -8) as number,
      freeBytes: expect.closeTo(2.9e9, -8) as number,
      contextSize: 2048,
    });
    expect(error.message).toMatch(/needs 40\.2 GB .* 2\.9 GB of memory is free/);
    expect(scheduler.states().get('huge')).toMatchObject({ state: 'failed', code: 'memory-insufficient' });
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', activeRequests: 1 });
    lease.release();
  });

  test(
    'holds several models that all answer, and unloads idle ones, longest unused first, until a new one fits',
    verifies(['S3-22'], { breaks: 'src/main/scheduler/eviction-policy.ts#chooseVictim' }, async () => {
      const { acquire, clock, scheduler, setMemory } = setStage({ settings: { slots: 1, contextSize: 1024 } });
      setMemory(10 * gigabyte);
      const ask = async (id: string, sizeBytes: number): Promise<string> => {
        using lease = await acquire(makeModelRecord({ id, sizeBytes }));
        await clock.advance(1000);
        return textOf(await collect(lease.instance.generate(task(`echo ${id}`), never())));
      };
      for (const id of ['one', 'two', 'three', 'one']) expect(await ask(id, 2 * gigabyte)).toBe(id);
      expect([...scheduler.states().keys()].sort()).toEqual(['one', 'three', 'two']);
      expect(await ask('new', 4 * gigabyte)).toBe('new');
      expect([...scheduler.states().keys()].sort()).toEqual(['new', 'one', 'three']);
      expect(await ask('newer', 3.5 * gigabyte)).toBe('newer');
      expect([...scheduler.states().keys()].sort()).toEqual(['new', 'newer']);
    }),
  );

  test('never unloads a model in use: the newcomer takes a smaller context or is refused', async () => {
    const { acquire, scheduler, setMemory } = setStage();
    setMemory(2 * gigabyte);
    const lease = await acquire(
      makeModelRecord({ id: 'busy', sizeBytes: 1.2 * gigabyte, facts: { trainedContext: 2048 } }),
    );
    const small = await acquire(makeModelRecord({ id: 'small', sizeBytes: 0.5 * gigabyte }));
    expect(small.instance.info).toMatchObject({ contextSize: 4864 });
    expect((await codeOf(acquire(makeModelRecord({ id: 'late', sizeBytes: gigabyte })))).code).toBe(
      'memory-insufficient',
    );
    expect(scheduler.states().get('busy')?.state).toBe('loaded');
    lease.release();
  });
});

describe('what a model needed', () => {
  function stageThatTells(context: InstanceStats['context'], stats?: () => Promise<InstanceStats>) {
    const starts: ResolvedLoadOptions['start'][] = [];
    const stage = setStage({
      engines: ({ child }) => ({
        child: {
          ...child,
          async load(request, observer) {
            starts.push(request.options.start);
            const instance = await child.load(request, observer);
            const told = stats ?? (async () => ({ ...(await instance.stats()), context }));
            return new Proxy(instance, {
              get: (target, name) => (name === 'stats' ? told : (Reflect.get(target, name, target) as unknown)),
            });
          },
        },
      }),
    });
    return { ...stage, starts };
  }

  test('is what its next load begins with', async () => {
    const figures = { allocatedTokens: 2048, usedTokens: 0, growths: 0, allocatedToUsedP95: 1 };
    const { acquire, scheduler, starts } = stageThatTells({ ...figures, usualTokens: 3000, usualSequences: 2 });
    for (let load = 0; load < 2; load++) {
      (await acquire(modelA)).release();
      await scheduler.unload(modelA.id);
    }
    expect(starts).toEqual([
      { contextSize: 2048, sequences: 1 },
      { contextSize: 3000, sequences: 2 },
    ]);
  });

  test('is not waited for when the engine does not answer', async () => {
    const { acquire, scheduler, clock } = stageThatTells(undefined, () => new Promise(() => undefined));
    (await acquire(modelA)).release();
    const unloaded = scheduler.unload(modelA.id);
    await clock.advance(600);
    await unloaded;
    expect(scheduler.states().has(modelA.id)).toBe(false);
  });
});

describe('memory that runs out during a load', () => {
  const outOfMemory = (data: Record<string, unknown>): AppError => new AppError('engine-crashed', 'Killed.', { data });
  const killed = { stage: 'load', signal: 'SIGKILL' };

  function stageThatFailsOnce(error: AppError, settings: Partial<Settings> = {}) {
    const asked: [contextSize: number, slots: number][] = [];
    const stage = setStage({
      settings,
      engines: ({ child }) => ({
        child: {
          ...child,
          load(request, observer) {
            asked.push([request.options.contextSize, request.options.slots]);
            return asked.length === 1 ? Promise.reject(error) : child.load(request, observer);
          },
        },
      }),
    });
    return { ...stage, asked };
  }

  test.each([
    {
      chosen: { contextSize: 8192 },
      asked: [
        [8192, 4],
        [8192, 1],
      ],
    },
  ])('is tried once more with less, but never less than chosen: $chosen', async ({ chosen, asked }) => {
    const stage = stageThatFailsOnce(outOfMemory(killed), chosen);
    await stage.acquire(modelA);
    expect(stage.asked).toEqual(asked);
  });

  test('is an error where the context begins as small as it can', async () => {
    const { acquire, asked } = stageThatFailsOnce(outOfMemory(killed));
    expect((await codeOf(acquire(modelA))).code).toBe('engine-crashed');
    expect(asked).toEqual([[8192, 4]]);
  });

  test('is an error when the user chose both context and slots', async () => {
    const { acquire, asked } = stageThatFailsOnce(outOfMemory(killed), { contextSize: 8192, slots: 4 });
    expect((await codeOf(acquire(modelA))).code).toBe('engine-crashed');
    expect(asked).toEqual([[8192, 4]]);
  });

  test.each([
    { ...killed, reason: 'it stopped answering' },
    { ...killed, signal: 'SIGABRT' },
    { ...killed, stage: 'run' },
  ])('is not what $signal at stage $stage for the reason "$reason" is taken for', async (data) => {
    const { acquire, asked } = stageThatFailsOnce(outOfMemory(data));
    expect((await codeOf(acquire(modelA))).code).toBe('engine-crashed');
    expect(asked).toEqual([[8192, 4]]);
  });
});

describe('placement', () => {
  test('the first load of a new file is its canary in a child; then it is proven', async () => {
    const { acquire, child, main, trust } = setStage({ hasGpu: true });
    await acquire(makeModelRecord({ id: 'fresh', trust: 'new' }));
    expect([child.instances.length, main.instances.length]).toEqual([1, 0]);
    expect(trust).toEqual([['fresh', 'proven']]);
    await acquire(makeModelRecord({ id: 'known', trust: 'proven' }));
    expect([child.instances.length, main.instances.length]).toEqual([1, 1]);
    expect(trust).toHaveLength(1);
  });

  test('where no child can say hello the model runs in the main process, and the log tells why', async () => {
    const { acquire, child, log, scheduler } = setStage({
      engines: ({ main, child }) => ({ main, child: { ...child, load: () => Promise.reject(failedStart()) } }),
    });
    const lease = await acquire(modelA);
    expect(lease.instance.info.placement).toBe('main');
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', placement: 'main' });
    await acquire(modelB);
    const warnings = log.recent(100).filter(({ level }) => level === 'warn');
    expect(warnings.map(({ fields }) => fields?.['reason'])).toEqual(['No hello.']);
    expect(child.instances).toHaveLength(0);
  });
});

describe('crashes', () => {
  const crashLatest = async (engine: ScriptedEngine): Promise<void> => {
    engine.instances.at(-1)?.crash('Signal SIGKILL.');
    await settle();
  };

  test('a crashed model is shown as failed and loaded again by the next request: at once, then after a second', async () => {
    const { acquire, child, clock, scheduler } = setStage();
    const lease = await acquire(modelA);
    const answer = codeOf(collect(lease.instance.generate(task('count to 1000'), never())));
    await crashLatest(child);
    expect((await answer).code).toBe('engine-crashed');
    lease.release();
    expect(scheduler.states().get('a')).toEqual({
      state: 'failed',
      code: 'engine-crashed',
      message: 'Signal SIGKILL.',
    });
    const second = await acquire(modelA);
    expect(second.instance).toBe(child.instances[1]);
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', activeRequests: 1 });
    await crashLatest(child);
    second.release();
    const again = acquire(modelA);
    await clock.advance(999);
    expect(child.instances).toHaveLength(2);
    await clock.advance(1);
    expect((await again).instance).toBe(child.instances[2]);
  });

  test('the default model and pinned ones come back by themselves', async () => {
    const { acquire, child, scheduler, settings } = setStage();
    settings.defaultModel = 'a';
    (await acquire(modelA)).release();
    (await acquire(modelB, { keepAliveMs: -1 })).release();
    child.instances[0]?.crash();
    child.instances[1]?.crash();
    await settle();
    await until(() => scheduler.states().get('b')?.state === 'loaded');
    expect(scheduler.states().get('a')).toMatchObject({ state: 'loaded', unloadsAt: '2026-11-21T12:30:00.000Z' });
    expect(scheduler.states().get('b')).toMatchObject({ state: 'loaded', unloadsAt: null });
  });

  test('after three crashes within five minutes it stops, says why, and the file is in quarantine', async () => {
    const { acquire, child, clock, trust } = setStage();
    for (let crash = 0; crash < 3; crash++) {
      const lease = acquire(modelA);
      await clock.advance(2000);
      (await lease).release();
      await crashLatest(child);
    }
    expect(trust).toEqual([['a', 'quarantined']]);
    const refusal = await codeOf(acquire(modelA));
    expect(refusal.code).toBe('engine-crashed');
    expect(refusal.message).toContain('3 times within 5 minutes');
    expect(refusal.data).toMatchObject({ model: 'a', retryAfterSeconds: 296 });
    expect((await codeOf(acquire({ ...modelA, trust: 'quarantined' }))).code).toBe('model-quarantined');
    const other = await acquire(modelB);
    expect(other.instance.info.modelId).toBe('b');
  });

  test('a lifted quarantine forgets the crashes', async () => {
    const { acquire, child, clock } = setStage();
    for (let crash = 0; crash < 3; crash++) {
      const lease = acquire(modelA);
      await clock.advance(2000);
      (await lease).release();
      await crashLatest(child);
    }
    await codeOf(acquire({ ...modelA, trust: 'quarantined' }));
    expect((await acquire({ ...modelA, trust: 'new' })).instance).toBe(child.instances.at(-1));
  });

  test('crashes while loading count too', async () => {
    const { acquire, child, clock, trust } = setStage();
    child.loadFaults.push({ kind: 'crash' }, { kind: 'crash' }, { kind: 'crash' });
    for (let crash = 0; crash < 3; crash++) {
      const failure = codeOf(acquire(modelA));
      await clock.advance(2000);
      expect((await failure).code).toBe('engine-crashed');
    }
    expect(trust).toEqual([['a', 'quarantined']]);
  });

  test('the back-off ends with the request that waits for it', async () => {
    const { acquire, child, clock } = setStage();
    (await acquire(modelA)).release();
    await crashLatest(child);
    const controller = new AbortController();
    const waiting = codeOf(acquire(modelA, { signal: controller.signal }));
    await settle();
    controller.abort();
    expect((await waiting).code).toBe('cancelled');
    expect(clock.timerCount).toBe(0);
  });
});

describe('load and unload', () => {
  test('load makes the model ready and starts its idle time', async () => {
    const { clock, scheduler } = setStage();
    const states: string[] = [];
    scheduler.onChange(() => states.push(scheduler.states().get('a')?.state ?? 'unloaded'));
    await scheduler.load({ model: modelA, keepAliveMs: minute, signal: never() });
    await clock.advance(minute);
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      'loading',
      'loaded',
      'unloading',
      'unloaded',
    ]);
  });

  test('an aborted load that nobody else waits for is ended', async () => {
    const { child, scheduler } = setStage();
    child.loadFaults.push({ kind: 'hang' });
    const controller = new AbortController();
    const loading = codeOf(scheduler.load({ model: modelA, signal: controller.signal }));
    await settle();
    expect(scheduler.states().get('a')).toEqual({ state: 'loading', progress: 0 });
    controller.abort();
    expect((await loading).code).toBe('cancelled');
    expect(scheduler.states().has('a')).toBe(false);
  });

  test('unload refuses a model in use unless forced; then its requests end with `cancelled`', async () => {
    const { acquire, scheduler } = setStage({ engine: { msPerToken: 1 } });
    const lease = await acquire(modelA);
    const answer = codeOf(collect(lease.instance.generate(task('count to 5000'), never())));
    const refusal = await codeOf(scheduler.unload('a'));
    expect(refusal.code).toBe('model-in-use');
    await scheduler.unload('a', { force: true });
    expect((await answer).code).toBe('cancelled');
    expect(scheduler.states().has('a')).toBe(false);
    lease.release();
    expect(scheduler.activity()).toEqual({ activeRequests: 0, queuedRequests: 0 });
  });

  test('unload of something unknown does nothing', async () => {
    await setStage().scheduler.unload('nothing');
  });

  test('a request during an unload waits and loads again', async () => {
    const { acquire, child, scheduler } = setStage();
    (await acquire(modelA)).release();
    const unloading = scheduler.unload('a');
    const lease = await acquire(modelA);
    await unloading;
    expect(lease.instance).toBe(child.instances[1]);
  });

  test('a cancelled load in the queue need not wait for the one before it', async () => {
    const { acquire, child, scheduler } = setStage();
    child.loadFaults.push({ kind: 'hang' });
    const first = codeOf(acquire(modelA));
    await settle();
    const second = codeOf(acquire(modelB));
    await settle();
    await scheduler.unload('b', { force: true });
    expect((await second).code).toBe('cancelled');
    expect(scheduler.states().get('a')?.state).toBe('loading');
    await scheduler.unload('a', { force: true });
    expect((await first).code).toBe('cancelled');
  });

  test('stop ends loads, requests and restarts, and takes no more', async () => {
    const { acquire, child, clock, scheduler, settings } = setStage({ engine: { msPerToken: 1 } });
    settings.defaultModel = 'a';
    const lease = await acquire(modelA);
    const answer = codeOf(collect(lease.instance.generate(task('count to 5000'), never())));
    const crashed = await acquire(modelB, { keepAliveMs: -1 });
    crashed.release();
    await crashLatestOf(child);
    child.loadFaults.push({ kind: 'hang' });
    const loading = codeOf(acquire(makeModelRecord({ id: 'c' })));
    await settle();
    await Promise.all([scheduler.stop(), scheduler.stop()]);
    expect((await answer).code).toBe('cancelled');
    expect((await loading).code).toBe('cancelled');
    expect((await codeOf(acquire(modelA))).code).toBe('shutting-down');
    await clock.advance(10 * minute);
    expect(child.instances).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
  });
});

test('200 rounds of acquire, abort, crash, unload and release leave no lease, no waiter and no timer', async () => {
  const { acquire, child, clock, scheduler } = setStage({ settings: { idleUnloadMinutes: 1 } });
  let seed = 7;
  const random = (limit: number): number => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  for (let round = 0; round < 200; round++) {
    const model = [modelA, modelB][random(2)] ?? modelA;
    const controller = new AbortController();
    const acquiring = acquire(model, { signal: controller.signal, keepAliveMs: [0, 1000, 60_000][random(3)] ?? 0 });
    if (random(3) === 0) controller.abort();
    if (random(10) === 0) await scheduler.unload(model.id, { force: true });
    const lease = await acquiring.catch((error: unknown) => expectCancelled(error));
    if (lease && random(25) === 0) child.instances.at(-1)?.crash();
    if (random(2) === 0) await clock.advance(random(70_000));
    lease?.release();
    await clock.advance(5 * minute);
  }
  expect(scheduler.activity()).toEqual({ activeRequests: 0, queuedRequests: 0 });
  expect([...scheduler.states().values()].filter(({ state }) => state !== 'failed')).toEqual([]);
  expect(clock.timerCount).toBe(0);
});

function expectCancelled(error: unknown): undefined {
  expect(error).toMatchObject({ code: 'cancelled' });
  return undefined;
}

function failedStart(): AppError {
  return new AppError('engine-crashed', 'No hello.', { data: { stage: 'start' } });
}

async function crashLatestOf(engine: ScriptedEngine): Promise<void> {
  engine.instances.at(-1)?.crash();
  await settle();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
