import { expect, onTestFinished, test } from 'vitest';
import type { ModelTrust } from '#shared/domain/model.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { createLogger } from '#main/base/index.ts';
import { defaultHeartbeat } from '#main/engines/hosts/heartbeat.ts';
import { createScheduler, type Lease, type Scheduler } from '#main/scheduler/index.ts';
import { codeOf, collect, finishOf, never, task, textOf, until } from '#test/support/engine-tasks.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedChildHost, createTracedWorkerHost } from '#test/support/scripted-child.ts';
import { verifies } from '#test/support/verifies.ts';

/** Quicker than the product's, yet slow enough for children that start on a busy machine. */
const heartbeat = { intervalMs: 500, missedLimit: 4 };
/** The limit of the requirement is 2 s of back-off; a child's start comes on top, on a machine that may be busy. */
const restartLimitMs = 10_000;

interface House {
  scheduler: Scheduler;
  trust: [string, ModelTrust][];
  acquire: (modelId: string, onProgress?: () => void) => Promise<Lease>;
  /** Sends the signal to the child that was started last. */
  hit: (signal: NodeJS.Signals) => void;
}

/** The real scheduler and real children; in each child the scripted engine, a few tokens a second. */
function openHouse(loadMs: number, settings: Settings = defaultSettings): House {
  const traced = createTracedWorkerHost();
  const trust: [string, ModelTrust][] = [];
  const scheduler = createScheduler({
    engines: {
      child: createScriptedChildHost({ workerHost: traced, heartbeat, script: { msPerToken: 20, loadMs } }),
    },
    settings: () => settings,
    fileTrust: { setTrust: (id, value) => void trust.push([id, value]) },
    machine: { physicalCores: 1, hasGpu: false, readMemory: () => ({ totalBytes: 8e9, availableBytes: 8e9 }) },
    logger: createLogger({ level: 'silent', write: () => undefined }).logger,
  });
  onTestFinished(() => scheduler.stop());
  return {
    scheduler,
    trust,
    acquire: (id, onProgress = () => undefined) =>
      scheduler.acquire({ model: makeModelRecord({ id }), signal: never(), onProgress }),
    hit: (signal) => process.kill(traced.workers.at(-1)?.pid ?? 0, signal),
  };
}

type Situation = 'idle' | 'loading' | 'prefill' | 'decode';

/** Brings a child into the situation, hits it, and returns once everyone who waited for it has been told. */
const strike: Record<Situation, (house: House, id: string, signal: NodeJS.Signals) => Promise<void>> = {
  async idle({ acquire, hit, scheduler }, id, signal) {
    (await acquire(id)).release();
    hit(signal);
    await until(async () => scheduler.states().get(id)?.state === 'failed');
  },
  async loading({ acquire, hit }, id, signal) {
    const { promise: begun, resolve } = Promise.withResolvers<undefined>();
    const loading = acquire(id, () => resolve(undefined));
    await begun;
    hit(signal);
    // The system kills like this when memory runs out: the load is tried again with less, and its client never knows.
    if (signal === 'SIGKILL') return (await loading).release();
    expect(await codeOf(loading)).toMatchObject({ code: 'engine-crashed', data: { stage: 'load' } });
  },
  prefill: (house, id, signal) =>
    strikeStream(house, { id, signal, prompt: `${'word '.repeat(7000)}`, when: 'prefill-progress' }),
  decode: (house, id, signal) => strikeStream(house, { id, signal, prompt: 'count to 9000', when: 'text-delta' }),
};

async function strikeStream(
  { acquire, hit }: House,
  { id, signal, prompt, when }: { id: string; signal: NodeJS.Signals; prompt: string; when: string },
): Promise<void> {
  using lease = await acquire(id);
  let isHit = false;
  const answer = collect(lease.instance.generate(task(prompt), never()), [], ({ type }) => {
    if (isHit || type !== when) return;
    isHit = true;
    hit(signal);
  });
  expect(await codeOf(answer)).toMatchObject({ code: 'engine-crashed', data: { stage: 'run' } });
}

test(
  'whatever hits an engine child in whatever it does: typed errors, a quick restart, others unharmed, quarantine at last',
  verifies(['REL-10'], { breaks: 'src/main/scheduler/restart-policy.ts#judgeRestart' }, async () => {
    const signals = ['SIGSEGV', 'SIGABRT', 'SIGKILL', 'SIGSTOP'] as const;
    const house = openHouse(0);
    // A chosen context is loaded for several requests at once: what is tried again can be less.
    const slowHouse = openHouse(1500, { ...defaultSettings, contextSize: 8192 });
    using neighbour = await house.acquire('neighbour');
    const controller = new AbortController();
    const undisturbed: string[] = [];
    const neighbourly = codeOf(
      collect(neighbour.instance.generate(task('count to 9000'), controller.signal), [], (event) => {
        if (event.type === 'text-delta') undisturbed.push(event.text);
      }),
    );

    for (const signal of signals) {
      for (const situation of ['idle', 'loading', 'prefill', 'decode'] as const) {
        const id = `${situation}-${signal.toLowerCase()}`;
        const place = situation === 'loading' ? slowHouse : house;
        await strike[situation](place, id, signal);
        const struckAt = performance.now();
        using lease = await place.acquire(id);
        expect(performance.now() - struckAt).toBeLessThan(restartLimitMs);
        expect(textOf(await collect(lease.instance.generate(task('echo back again'), never())))).toBe('back again');
      }
    }
    // The heartbeat of the product, not the quick one of this test: four unanswered questions and the last wait.
    expect(defaultHeartbeat.intervalMs * (defaultHeartbeat.missedLimit + 1)).toBeLessThanOrEqual(10_000);

    expect(house.trust).toEqual([]);
    for (let crash = 0; crash < 3; crash++) await strike.decode(house, 'culprit', 'SIGKILL');
    expect(house.trust).toEqual([['culprit', 'quarantined']]);
    expect((await codeOf(house.acquire('culprit'))).message).toContain('crashed 3 times');

    controller.abort();
    expect((await neighbourly).code).toBe('cancelled');
    expect(undisturbed.join('')).toMatch(/^1 2 3 4 5 6 7 8 9 10 /);
    expect(undisturbed.join('')).toBe(Array.from({ length: undisturbed.length }, (_, index) => index + 1).join(' '));
    const last = await collect(neighbour.instance.generate(task('count to 3'), never()));
    expect(finishOf(last)).toMatchObject({ reason: 'stop' });
  }),
);
