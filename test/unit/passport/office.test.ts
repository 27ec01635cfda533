import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Passport, PassportEvent } from '#shared/domain/passport.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { createPassportOffice, PassportShelf, type PassportOffice } from '#main/passport/index.ts';
import type { Check } from '#main/passport/check.ts';
import { plainQuestion, toPrompt } from '#main/passport/model-under-test.ts';
import { createScheduler, type Scheduler } from '#main/scheduler/index.ts';
import { openDatabase } from '#main/storage/index.ts';
import { FakeClock, settle } from '#test/support/fake-clock.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { createScriptedEngine, type ScriptedEngine } from '#test/support/scripted-engine.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const record = makeModelRecord({ id: 'alpha' });
const sha256 = 'a'.repeat(64);

/** Asks the model that sentence and passes with its answer as the detail. */
const asking = (id: Check['ids'][number], sentence: string): Check => ({
  ids: [id],
  needsText: true,
  async *run({ model }) {
    yield { id, verdict: 'pass', detail: (await model.ask(plainQuestion(toPrompt(model, sentence), 1000))).text };
  },
});
const first = asking('answer', 'echo first');
const second = asking('speed', 'echo second');

interface Stage {
  office: PassportOffice;
  shelf: PassportShelf;
  scheduler: Scheduler;
  main: ScriptedEngine;
  child: ScriptedEngine;
  clock: FakeClock;
  settings: Settings;
  digests: number;
  /** Somebody's own request: released by the returned function. */
  occupy: (id?: string) => Promise<() => void>;
}

interface StageOptions {
  checks?: readonly Check[];
  settings?: Partial<Settings>;
  isServing?: () => boolean;
  hasGpu?: boolean;
  isManual?: boolean;
  facts?: Parameters<typeof makeModelRecord>[0];
}

async function setStage(options: StageOptions = {}): Promise<Stage> {
  const pace = options.isManual ? { msPerToken: 'manual' as const } : {};
  const main = createScriptedEngine({ ...pace, placement: 'main' });
  const child = createScriptedEngine({ ...pace, placement: 'child' });
  const clock = new FakeClock();
  const settings: Settings = { ...defaultSettings, defaultModel: 'alpha', ...options.settings };
  const { logger } = createRecordedLogger();
  const model = { ...record, ...makeModelRecord({ id: 'alpha', sha256: null, ...options.facts }) };
  const scheduler = createScheduler({
    engines: { main, child },
    settings: () => settings,
    fileTrust: { setTrust: () => undefined },
    machine: {
      physicalCores: 2,
      hasGpu: options.hasGpu ?? false,
      readMemory: () => ({ totalBytes: 32e9, availableBytes: 32e9 }),
    },
    logger,
    clock,
  });
  const database = openDatabase({ file: path.join(await createTempFolder(), 'impetus.db'), logger });
  const shelf = new PassportShelf({ database, engine: 'build 1', clock });
  const stage = { shelf, scheduler, main, child, clock, settings, digests: 0 };
  const requireModel = (name: string | undefined) => {
    if (name === undefined || name === 'alpha') return { ...model, sha256: stage.digests > 0 ? sha256 : null };
    throw new AppError('model-not-found', `There is no model "${name}".`);
  };
  const office = createPassportOffice({
    ...{ scheduler, shelf, logger, clock, checks: options.checks ?? [first, second] },
    settings: { get: () => settings },
    isServing: options.isServing ?? (() => true),
    machine: { platform: 'linux', architecture: 'x64', physicalCores: 2, memoryBytes: 32e9 },
    readPeakMemory: () => 5e8,
    library: {
      list: () => [requireModel('alpha')],
      require: requireModel,
      resolve: requireModel,
      problemOf: () => undefined,
      modelSettings: () => ({ load: { contextSize: 512, slots: 2 }, sampling: {}, aliases: [] }),
      digest: async () => {
        stage.digests++;
        return sha256;
      },
    },
  });
  onTestFinished(async () => {
    await office.stop();
    await scheduler.stop();
    database.close();
  });
  const occupy = async (): Promise<() => void> => {
    const signal = new AbortController().signal;
    const lease = await scheduler.acquire({ model, loadOptions: { contextSize: 512, slots: 2 }, signal });
    return () => lease.release();
  };
  return Object.assign(stage, { office, occupy });
}

/** Lets model time and real turns pass until the promise settles. */
async function finish<Value>(promise: Promise<Value>, { clock, main, child }: Stage): Promise<Value> {
  let isOver = false;
  const over = promise.finally(() => (isOver = true));
  over.catch(() => undefined);
  for (let turn = 0; turn < 500 && !isOver; turn++) {
    await Promise.all([main.step(), child.step()]);
    await clock.advance(10);
  }
  return over;
}

const idOf = ({ checks }: Passport): [string, string, string][] =>
  checks.map(({ id, verdict, detail }) => [id, verdict, detail]);

async function collectTest(stage: Stage, signal = new AbortController().signal) {
  const events: PassportEvent[] = [];
  const promise = stage.office.test('alpha', { signal, onEvent: (event) => events.push(event) });
  return { events, promise };
}

describe('a test that is asked for', () => {
  test('loads the model in a child, asks through the door, keeps what it found, and unloads again', async () => {
    const stage = await setStage();
    const { events, promise } = await collectTest(stage);
    const passport = await finish(promise, stage);
    expect(passport).toMatchObject({
      modelId: 'alpha',
      sha256,
      engine: 'build 1',
      end: 'complete',
      machine: { platform: 'linux', architecture: 'x64', physicalCores: 2, memoryBytes: 32e9 },
      load: { placement: 'child', device: 'cpu', contextSize: 512, slots: 2, threads: 2 },
    });
    expect(idOf(passport)).toEqual([
      ['answer', 'pass', 'first'],
      ['speed', 'pass', 'second'],
    ]);
    expect(events.map((event) => ('id' in event ? `${event.type} ${event.id}` : event.type))).toEqual([
      'start',
      'wait',
      'check-start answer',
      'check',
      'check-start speed',
      'check',
      'finish',
    ]);
    expect(stage.shelf.find({ id: 'alpha', sha256 })).toEqual(passport);
    await settle();
    expect(stage.scheduler.states().get('alpha')).toBeUndefined();
  });

  test('leaves a loaded model as it was: pinned stays pinned, else for the rest of its time', async () => {
    const pinned = await setStage({ settings: { idleUnloadMinutes: -1 } });
    (await pinned.occupy())();
    await finish((await collectTest(pinned)).promise, pinned);
    expect(pinned.scheduler.states().get('alpha')).toMatchObject({ state: 'loaded', unloadsAt: null });
    expect(pinned.child.instances).toHaveLength(1);

    const timed = await setStage();
    (await timed.occupy())();
    const before = timed.scheduler.states().get('alpha');
    await timed.clock.advance(60_000);
    const startedAt = timed.clock.now();
    await finish((await collectTest(timed)).promise, timed);
    const after = timed.scheduler.states().get('alpha');
    if (before?.state !== 'loaded' || after?.state !== 'loaded') throw new Error('It must stay loaded.');
    const spent = timed.clock.now() - startedAt;
    const moved = Date.parse(after.unloadsAt ?? '') - Date.parse(before.unloadsAt ?? '');
    expect(moved).toBeGreaterThanOrEqual(0);
    expect(moved).toBeLessThanOrEqual(spent);
  });

  test('takes a model of the main process into a child and brings it back', async () => {
    const stage = await setStage({ hasGpu: true });
    (await stage.occupy())();
    expect(stage.scheduler.states().get('alpha')).toMatchObject({ placement: 'main' });
    const passport = await finish((await collectTest(stage)).promise, stage);
    expect(passport.load.placement).toBe('child');
    expect(stage.scheduler.states().get('alpha')).toMatchObject({ state: 'loaded', placement: 'main' });
  });

  test('begins anew what a request interrupted, when all is quiet', async () => {
    let count = 0;
    const slow: Check = {
      ids: ['answer'],
      needsText: true,
      async *run(context) {
        count++;
        yield* asking('answer', 'count to 40').run(context);
      },
    };
    const stage = await setStage({ checks: [slow, second], isManual: true });
    const { events, promise } = await collectTest(stage);
    await expect.poll(() => count).toBe(1);
    await stage.child.step(10);
    const release = await stage.occupy();
    await settle();
    await stage.child.step(100);
    await stage.clock.advance(60_000);
    expect([count, events.at(-1)]).toEqual([1, { type: 'wait', reason: 'requests' }]);
    // The sequence is free again: the test asks for nothing while others are served.
    expect(stage.child.instances[0]?.isBusy).toBe(false);
    release();
    await settle();
    await stage.clock.advance(1900);
    expect(count).toBe(1);
    const passport = await finish(promise, stage);
    expect(count).toBe(2);
    expect(idOf(passport).map(([, , detail]) => detail.slice(0, 12))).toEqual(['1 2 3 4 5 6 ', 'second']);
  });

  test('waits for a request that runs already', async () => {
    const stage = await setStage();
    const release = await stage.occupy();
    const { events, promise } = await collectTest(stage);
    await stage.clock.advance(60_000);
    expect(events.map(({ type }) => type)).toEqual(['start', 'wait']);
    release();
    expect((await finish(promise, stage)).end).toBe('complete');
  });

  test('ends with its time: what was not reached is not measured', async () => {
    const slow = asking('answer', 'count to 10000');
    const free: Check = {
      ids: ['vision'],
      needsText: false,
      async *run() {
        yield { id: 'vision', verdict: 'not-applicable', detail: 'Blind.' };
      },
    };
    const undecided: Check = {
      ids: ['infill'],
      needsText: true,
      async *run() {
        yield { id: 'infill', verdict: 'not-applicable', detail: 'Nothing to fill with.' };
      },
    };
    const stage = await setStage({
      checks: [slow, second, undecided, free],
      settings: { modelTestSeconds: 5 },
      isManual: true,
    });
    const { events, promise } = await collectTest(stage);
    await expect.poll(() => events.map(({ type }) => type)).toContain('check-start');
    await stage.child.step(10);
    await stage.clock.advance(5000);
    const passport = await promise;
    expect(passport.end).toBe('time');
    expect(idOf(passport)).toEqual([
      ['answer', 'not-measured', 'The time for the test was over.'],
      ['speed', 'not-measured', 'The time for the test was over.'],
      ['infill', 'not-applicable', 'Nothing to fill with.'],
      ['vision', 'not-applicable', 'Blind.'],
    ]);
    expect(stage.shelf.summaryOf({ id: 'alpha', sha256 })).toMatchObject({ isComplete: false, isCurrent: true });
  });

  test('a death of the engine is a finding and the end', async () => {
    const stage = await setStage({ checks: [asking('answer', 'crash after 3'), second] });
    const passport = await finish((await collectTest(stage)).promise, stage);
    expect(passport.end).toBe('crashed');
    // It is not brought back to die again: that would put its file into quarantine.
    expect(stage.child.instances).toHaveLength(1);
    expect(idOf(passport)).toEqual([
      ['answer', 'fail', expect.stringContaining('died') as string],
      ['speed', 'not-measured', 'The engine died in a test before it.'],
    ]);
  });

  test('an error of the model is a finding, and the next check goes on', async () => {
    const stage = await setStage({
      checks: [asking('answer', 'fail template-failed'), asking('reasoning', 'fail capability-missing'), second],
    });
    expect(idOf(await finish((await collectTest(stage)).promise, stage)).map(([id, verdict]) => [id, verdict])).toEqual(
      [
        ['answer', 'fail'],
        ['reasoning', 'not-applicable'],
        ['speed', 'pass'],
      ],
    );
  });

  test('that is cancelled keeps what it found', async () => {
    const stage = await setStage({ checks: [first, asking('speed', 'hang')] });
    const controller = new AbortController();
    const { events, promise } = await collectTest(stage, controller.signal);
    await expect.poll(() => events.filter(({ type }) => type === 'check-start').length).toBe(2);
    controller.abort();
    await expect(promise).rejects.toMatchObject({ code: 'cancelled' });
    const kept = stage.shelf.find({ id: 'alpha', sha256 });
    expect(kept?.end).toBe('interrupted');
    expect(kept && idOf(kept)).toEqual([['answer', 'pass', 'first']]);
  });

  test('asks a model for embeddings for no text', async () => {
    const traits = { gives: 'vectors', presentsTools: false, thinks: false, fillsIn: false } as const;
    const stage = await setStage({ facts: { facts: { traits } } });
    expect(idOf(await finish((await collectTest(stage)).promise, stage))).toEqual([
      ['answer', 'not-applicable', 'The model is not made to write text.'],
      ['speed', 'not-applicable', 'The model is not made to write text.'],
    ]);
  });

  test('of an unknown model is refused', async () => {
    const stage = await setStage();
    await expect(stage.office.test('gamma', { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'model-not-found',
    });
  });
});

describe('a test in idle time', () => {
  const minute = 60_000;

  /** A model that was used and is idle since. */
  async function idleStage(options: StageOptions = {}): Promise<Stage> {
    const stage = await setStage(options);
    (await stage.occupy())();
    await settle();
    return stage;
  }
  const wasTested = (stage: Stage): boolean => stage.shelf.find({ id: 'alpha', sha256 }) !== undefined;

  test('begins after a minute without requests, once', async () => {
    const stage = await idleStage();
    await stage.clock.advance(minute - 1000);
    expect(stage.digests).toBe(0);
    await stage.clock.advance(2000);
    await expect.poll(() => wasTested(stage)).toBe(true);
    await stage.clock.advance(5 * minute);
    await settle();
    expect(stage.digests).toBe(1);
  });

  test('begins its minute anew with each request', async () => {
    const stage = await idleStage();
    for (let round = 0; round < 4; round++) {
      await stage.clock.advance(40_000);
      (await stage.occupy())();
      await settle();
    }
    expect(stage.digests).toBe(0);
  });

  test('ends with the first request, and goes on where it was a minute after the last', async () => {
    const questions: string[] = [];
    const noting = (check: Check, name: string): Check => ({
      ...check,
      async *run(context) {
        questions.push(name);
        yield* check.run(context);
      },
    });
    const checks = [noting(first, 'first'), noting(asking('speed', 'count to 60'), 'second')];
    const stage = await idleStage({ checks, isManual: true });
    await stage.clock.advance(minute);
    await stage.child.step(12);
    expect(questions).toEqual(['first', 'second']);
    const release = await stage.occupy();
    await expect.poll(() => stage.shelf.find({ id: 'alpha', sha256 })?.end).toBe('interrupted');
    await stage.child.step(5);
    expect(stage.child.instances[0]?.isBusy).toBe(false);
    release();
    await settle();
    await stage.clock.advance(minute);
    await stage.child.step(100);
    await expect.poll(() => stage.shelf.find({ id: 'alpha', sha256 })?.end).toBe('complete');
    expect(questions).toEqual(['first', 'second', 'second']);
  });

  test.each<{ when: string; options: StageOptions }>([
    { when: 'it is switched off', options: { settings: { testModelsWhenIdle: false } } },
    { when: 'serving is paused', options: { isServing: () => false } },
    { when: 'the model runs in the main process', options: { hasGpu: true } },
  ])('does not begin when $when', async ({ options }) => {
    const stage = await idleStage(options);
    await stage.clock.advance(3 * minute);
    expect(stage.digests).toBe(0);
  });

  test('does not begin for a model that the present build was measured with', async () => {
    const stage = await setStage();
    await finish((await collectTest(stage)).promise, stage);
    (await stage.occupy())();
    await settle();
    await stage.clock.advance(3 * minute);
    expect(stage.digests).toBe(1);
  });

  test('ends with the office', async () => {
    const stage = await idleStage({ checks: [asking('answer', 'hang')] });
    await stage.clock.advance(minute);
    await expect.poll(() => stage.digests).toBe(1);
    await stage.office.stop();
    expect(stage.shelf.find({ id: 'alpha', sha256 })?.end).not.toBe('complete');
    await stage.clock.advance(5 * minute);
    expect(stage.digests).toBe(1);
  });
});

describe('a model that is loaded', () => {
  test('is checked at once for template and tokenizer, without a lease', async () => {
    const stage = await setStage();
    const release = await stage.occupy();
    await expect
      .poll(() => stage.shelf.summaryOf({ id: 'alpha', sha256: null }))
      .toMatchObject({
        isCurrent: true,
        isComplete: false,
        passed: expect.arrayContaining(['tokenizer']) as string[],
      });
    release();
    expect(stage.scheduler.states().get('alpha')).toMatchObject({ activeRequests: 0 });
  });
});
