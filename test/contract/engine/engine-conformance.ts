import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { generationEventSchema, type GenerationEvent, type Prompt } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import {
  instanceInfoSchema,
  instanceStatsSchema,
  type Engine,
  type EngineInstance,
  type GenerationTask,
  type InstanceStats,
  type ResolvedLoadOptions,
} from '#main/engine-port/index.ts';
import {
  codeOf,
  collect,
  finishOf,
  never,
  startOf,
  task,
  testLoadOptions,
  textOf,
  tokensOf,
  until,
} from '#test/support/engine-tasks.ts';

export interface EngineUnderTest {
  engine: Engine;
  model: ModelRecord;
  /** Frees what the factory made beside the instances. */
  dispose?: () => Promise<void>;
}

/** A prompt whose answer goes on for at least 300 tokens in every engine under test (with `ignoreEndOfGeneration`). */
const longTask = (name = 'a'): GenerationTask => task(`count to 300 ${name}`, { ignoreEnd: true });

/** The whole engine port as behaviour; every engine in every host passes it. */
export function describeEngineConformance(name: string, create: () => Promise<EngineUnderTest>): void {
  describe(`engine port: ${name}`, () => {
    let made: EngineUnderTest;
    const loaded: EngineInstance[] = [];
    const shared = new Map<string, Promise<EngineInstance>>();

    beforeAll(async () => {
      made = await create();
    });
    afterEach(async () => {
      await Promise.all(loaded.splice(0).map((instance) => instance.dispose()));
    });
    afterAll(async () => {
      await Promise.all([...shared.values()].map(async (instance) => (await instance).dispose()));
      await made.dispose?.();
    });

    function start(options: Partial<ResolvedLoadOptions>): Promise<EngineInstance> {
      return made.engine.load(
        { model: made.model, options: { ...testLoadOptions, ...options } },
        { signal: never(), onProgress: () => undefined },
      );
    }

    /** An instance of the test's own. */
    async function load(options: Partial<ResolvedLoadOptions> = {}): Promise<EngineInstance> {
      const instance = await start(options);
      loaded.push(instance);
      return instance;
    }

    /** An instance that other tests use too: loads are slow. It is idle when a test gets it. */
    async function share(options: Partial<ResolvedLoadOptions> = {}): Promise<EngineInstance> {
      const key = JSON.stringify(options);
      const instance = shared.get(key) ?? start(options);
      shared.set(key, instance);
      await idle(await instance);
      return instance;
    }

    describe('load', () => {
      test('says what it loaded, in the shape of the schema', async () => {
        const { info } = await share();
        expect(instanceInfoSchema.parse(info)).toEqual(info);
        expect(info).toMatchObject({ modelId: made.model.id, contextSize: 512, slots: 2, threads: 1, device: 'cpu' });
      });

      test('reports progress that never falls and ends at 1', async () => {
        const progress: number[] = [];
        const instance = await made.engine.load(
          { model: made.model, options: testLoadOptions },
          { signal: new AbortController().signal, onProgress: (value) => progress.push(value) },
        );
        loaded.push(instance);
        expect(progress.at(-1)).toBe(1);
        expect(progress).toEqual([...progress].sort((a, b) => a - b));
      });

      test('rejects with `cancelled` when aborted before or during the load', async () => {
        const early = new AbortController();
        early.abort();
        const observe = (signal: AbortSignal, onProgress = (): void => undefined) =>
          made.engine.load({ model: made.model, options: testLoadOptions }, { signal, onProgress });
        await expectCode(observe(early.signal), 'cancelled');
        const late = new AbortController();
        const loading = observe(late.signal);
        late.abort();
        await expectCode(loading, 'cancelled');
      });
    });

    describe('generate', () => {
      test('yields one start, prefill progress, text, one finish, in that order', async () => {
        const events = await collect((await share()).generate(task('count to 20', { maxTokens: 12 }), never()));
        for (const event of events) expect(generationEventSchema.parse(event)).toEqual(event);
        const order = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
        expect(order.filter((type) => type !== 'prefill-progress')).toEqual(['start', 'text-delta', 'finish']);
        expect(order[0]).toBe('start');
        const progress = events.filter((event) => event.type === 'prefill-progress');
        const start = startOf(events);
        for (const event of progress) expect(event.totalTokens).toBe(start.promptTokens);
        if (progress.length > 0) expect(progress.at(-1)?.processedTokens).toBe(start.promptTokens);
      });

      test('counts tokens truly', async () => {
        const instance = await share();
        const prompt: Prompt = { type: 'text', text: 'one two three four five six seven eight' };
        const counted = await instance.tokenize({ prompt, addSpecial: true });
        const before = await instance.stats();
        const events = await collect(instance.generate(task(prompt, { maxTokens: 9, ignoreEnd: true }), never()));
        const after = await instance.stats();
        const { usage, reason, rawReason } = finishOf(events);
        expect({ reason, rawReason }).toEqual({ reason: 'length', rawReason: 'max-tokens' });
        expect(startOf(events).promptTokens).toBe(counted.tokens.length);
        expect(usage).toMatchObject({ promptTokens: counted.tokens.length, completionTokens: 9 });
        expect(tokensOf(events)).toHaveLength(9);
        expect(after.prefillTokens - before.prefillTokens).toBe(usage.promptTokens - usage.cachedTokens);
        expect(after.reusedTokens - before.reusedTokens).toBe(usage.cachedTokens);
      });

      test('reuses the common start of a conversation and says so', async () => {
        const instance = await share({ slots: 1 });
        const text = 'a long common beginning '.repeat(8);
        await collect(instance.generate(task({ type: 'text', text }, { maxTokens: 1 }), never()));
        const second = await collect(
          instance.generate(task({ type: 'text', text: `${text}and more` }, { maxTokens: 1 }), never()),
        );
        const { usage } = finishOf(second);
        expect(usage.cachedTokens).toBeGreaterThan(usage.promptTokens / 2);
        expect(usage.cachedTokens).toBeLessThan(usage.promptTokens);
      });

      test('answers the same prompt with the same text when greedy', async () => {
        const instance = await share();
        const ask = async (): Promise<string> =>
          textOf(await collect(instance.generate(task('count to 9', { maxTokens: 16 }), never())));
        expect(await ask()).toBe(await ask());
      });

      test('reports the seed it was given and draws a 32-bit one otherwise', async () => {
        const instance = await share();
        const seeded = task('count to 3', { maxTokens: 1 });
        const given = await collect(
          instance.generate({ ...seeded, sampling: { ...seeded.sampling, seed: 4242 } }, never()),
        );
        expect(startOf(given).seed).toBe(4242);
        const drawn = startOf(await collect(instance.generate(seeded, never()))).seed;
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(2 ** 32);
      });

      test('maxTokens 0 evaluates the prompt only, 1 says one token', async () => {
        const instance = await share();
        const none = await collect(instance.generate(task('count to 5', { maxTokens: 0 }), never()));
        expect(textOf(none)).toBe('');
        expect(finishOf(none)).toMatchObject({ reason: 'length', usage: { completionTokens: 0 } });
        const one = await collect(instance.generate(task('count to 5', { maxTokens: 1, ignoreEnd: true }), never()));
        expect(tokensOf(one)).toHaveLength(1);
        expect(finishOf(one)).toMatchObject({ reason: 'length', usage: { completionTokens: 1 } });
      });

      test('stops before a stop text and never shows a part of it', async () => {
        const instance = await share();
        const whole = textOf(
          await collect(instance.generate(task('count to 40', { maxTokens: 40, ignoreEnd: true }), never())),
        );
        const middle = Math.floor(whole.length / 2);
        const stop = whole.slice(middle, middle + 6);
        const events = await collect(
          instance.generate(
            task('count to 40', { maxTokens: 40, ignoreEnd: true, stops: ['never said', stop] }),
            never(),
          ),
        );
        expect(finishOf(events)).toMatchObject({ reason: 'stop', rawReason: 'stop-text', stopText: stop });
        expect(textOf(events)).toBe(whole.slice(0, whole.indexOf(stop)));
      });

      test('refuses a prompt that does not fit, with the numbers, before start', async () => {
        const instance = await share({ contextSize: 128 });
        const before = await instance.stats();
        const events: GenerationEvent[] = [];
        const error = await codeOf(
          collect(
            instance.generate(task({ type: 'text', text: 'too long '.repeat(400) }, { maxTokens: 4 }), never()),
            events,
          ),
        );
        expect(error.code).toBe('context-overflow');
        expect(error.data).toMatchObject({ contextSize: 128, maxTokens: 4 });
        expect(error.data?.['promptTokens']).toBeGreaterThan(128);
        expect(events).toEqual([]);
        expect((await instance.stats()).steps).toBe(before.steps);
      });

      test('ends with `context-full` when the context is full', async () => {
        const instance = await share({ contextSize: 64 });
        const events = await collect(instance.generate(task('count to 300', { ignoreEnd: true }), never()));
        const { reason, rawReason, usage } = finishOf(events);
        expect({ reason, rawReason }).toEqual({ reason: 'length', rawReason: 'context-full' });
        expect(usage.promptTokens + usage.completionTokens).toBeGreaterThanOrEqual(63);
        expect(usage.promptTokens + usage.completionTokens).toBeLessThanOrEqual(65);
      });
    });

    describe('cancellation', () => {
      test('an aborted signal throws `cancelled` before anything runs', async () => {
        const instance = await share();
        const controller = new AbortController();
        controller.abort();
        const { steps } = await instance.stats();
        await expectCode(collect(instance.generate(longTask(), controller.signal)), 'cancelled');
        expect((await instance.stats()).steps).toBe(steps);
      });

      test('abort during an answer throws `cancelled` and frees the slot', async () => {
        const instance = await share();
        const controller = new AbortController();
        const events: GenerationEvent[] = [];
        const reading = collect(instance.generate(longTask(), controller.signal), events, (event) => {
          if (event.type === 'text-delta') controller.abort();
        });
        await expectCode(reading, 'cancelled');
        expect(events.some(({ type }) => type === 'finish')).toBe(false);
        await idle(instance);
      });

      test('abort after the end changes nothing', async () => {
        const instance = await share();
        const controller = new AbortController();
        const events = await collect(instance.generate(task('count to 3', { maxTokens: 4 }), controller.signal));
        controller.abort();
        expect(finishOf(events).usage.completionTokens).toBeGreaterThan(0);
        await idle(instance);
      });

      test('leaving the loop cancels within a few steps', async () => {
        const instance = await share();
        const before = await instance.stats();
        for await (const event of instance.generate(longTask(), never())) if (event.type === 'text-delta') break;
        const { generatedTokens } = await idle(instance);
        expect(generatedTokens - before.generatedTokens).toBeLessThan(100);
      });

      test('a waiting request that is aborted never runs', async () => {
        const instance = await share({ slots: 1 });
        const { generatedTokens } = await instance.stats();
        const busy = new AbortController();
        const running = collect(instance.generate(longTask('busy'), busy.signal));
        running.catch(() => undefined);
        await until(async () => (await instance.stats()).generatedTokens > generatedTokens);
        const controller = new AbortController();
        const waiting = codeOf(collect(instance.generate(task('count to 7'), controller.signal)));
        await until(async () => (await instance.stats()).waitingRequests === 1);
        controller.abort();
        expect((await waiting).code).toBe('cancelled');
        expect((await instance.stats()).waitingRequests).toBe(0);
        busy.abort();
        await expectCode(running, 'cancelled');
      });
    });

    describe('several requests', () => {
      test('run together in one batch', async () => {
        const instance = await share();
        const pairsBefore = (await instance.stats()).batchHistogram['2'] ?? 0;
        const answers = await Promise.all(
          ['a', 'b'].map((name) =>
            collect(instance.generate(task(`count to 60 ${name}`, { maxTokens: 24, ignoreEnd: true }), never())),
          ),
        );
        for (const events of answers) expect(finishOf(events).usage.completionTokens).toBe(24);
        expect((await instance.stats()).batchHistogram['2']).toBeGreaterThan(pairsBefore + 8);
      });

      test('more than there are slots wait and all finish', async () => {
        const instance = await share();
        const answers = await Promise.all(
          Array.from({ length: 7 }, (_, index) =>
            collect(instance.generate(task(`count to 5 ${index}`, { maxTokens: 5, ignoreEnd: true }), never())),
          ),
        );
        expect(answers.map((events) => finishOf(events).usage.completionTokens)).toEqual([5, 5, 5, 5, 5, 5, 5]);
        expect((await idle(instance)).sequences).toHaveLength(2);
      });

      test('a slow reader does not block the others', async () => {
        const instance = await share();
        const slow = instance.generate(longTask('slow'), never())[Symbol.asyncIterator]();
        await slow.next();
        const events = await collect(
          instance.generate(task('count to 30', { maxTokens: 20, ignoreEnd: true }), never()),
        );
        expect(finishOf(events).usage.completionTokens).toBe(20);
        expect((await slow.next()).done).toBe(false);
        await slow.return?.();
        await idle(instance);
      });
    });

    describe('text and tokens', () => {
      test('detokenize gives back the text that was tokenized', async () => {
        const instance = await share();
        const text = 'Hello, wörld! 你好 👍 tabs\tand\nlines';
        const { tokens, pieces } = await instance.tokenize({ prompt: { type: 'text', text }, addSpecial: false });
        expect(tokens.length).toBeGreaterThan(3);
        expect(pieces).toHaveLength(tokens.length);
        expect((await instance.detokenize(tokens)).trim()).toBe(text);
      });

      test('token prompts are used as they are', async () => {
        const instance = await share();
        const { tokens } = await instance.tokenize({
          prompt: { type: 'text', text: 'one two three' },
          addSpecial: false,
        });
        const events = await collect(instance.generate(task({ type: 'tokens', tokens }, { maxTokens: 2 }), never()));
        expect(startOf(events).promptTokens).toBe(tokens.length);
      });
    });

    describe('other jobs', () => {
      test('render gives the prompt that a generation reads, and counts its tokens', async () => {
        const instance = await share();
        const { prompt } = task('what is this?');
        const { text, tokenCount } = await instance.render({ prompt });
        expect(text).toContain('what is this?');
        expect(text).not.toBe('what is this?');
        const events = await collect(instance.generate(task(prompt, { maxTokens: 1 }), never()));
        expect(startOf(events).promptTokens).toBe(tokenCount);
        expect((await instance.render({ prompt: { type: 'text', text: 'as it is' } })).text).toContain('as it is');
      });

      test('embed gives each input a vector of length 1', async () => {
        const instance = await share();
        const { vectors, tokenCounts } = await instance.embed({ inputs: ['one text', 'another'] }, never());
        for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
        expect([vectors.length, tokenCounts.length]).toEqual([2, 2]);
      });

      test('rerank gives each document a score, or refuses because the model was not made for it', async () => {
        const instance = await share();
        const asked = instance.rerank({ query: 'cat', documents: ['a cat', 'a dog'] }, never());
        const answer = await asked.catch((error: unknown) => error);
        if (answer instanceof Error) expect(await codeOf(asked)).toMatchObject({ code: 'capability-missing' });
        else expect(answer).toMatchObject({ scores: [expect.any(Number), expect.any(Number)] });
      });
    });

    describe('end of life', () => {
      test('dispose is idempotent and resolves `closed`', async () => {
        const instance = await load();
        await Promise.all([instance.dispose(), instance.dispose()]);
        await instance.dispose();
        expect(await instance.closed).toEqual({ reason: 'disposed' });
      });

      test('dispose ends running and waiting requests with a typed error', async () => {
        const instance = await load({ slots: 1 });
        const first = codeOf(collect(instance.generate(longTask('first'), never())));
        const second = codeOf(collect(instance.generate(longTask('second'), never())));
        await until(async () => (await instance.stats()).generatedTokens > 0);
        await instance.dispose();
        for (const error of await Promise.all([first, second]))
          expect(['cancelled', 'engine-crashed']).toContain(error.code);
      });

      test('dispose ends a request whose prompt is just being made with the same error', async () => {
        const instance = await load({ slots: 1 });
        const begun = codeOf(collect(instance.generate(longTask(), never())));
        await instance.dispose();
        expect(['cancelled', 'engine-crashed']).toContain((await begun).code);
      });

      test('a disposed instance refuses work with a typed error', async () => {
        const instance = await load();
        await instance.dispose();
        const codes = ['cancelled', 'engine-crashed'];
        expect(codes).toContain((await codeOf(collect(instance.generate(task('count to 2'), never())))).code);
        expect(codes).toContain((await codeOf(instance.stats())).code);
      });

      test('stats have the shape of the schema', async () => {
        const instance = await share();
        await collect(instance.generate(task('count to 4', { maxTokens: 4 }), never()));
        const stats = await instance.stats();
        expect(instanceStatsSchema.parse(stats)).toEqual(stats);
        expect(stats.sequences.map(({ state }) => state)).toEqual(['idle', 'idle']);
      });
    });
  });
}

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  expect((await codeOf(promise)).code).toBe(code);
}

/** Waits until every slot is idle and nothing waits. */
async function idle(instance: EngineInstance): Promise<InstanceStats> {
  await until(async () => {
    const { waitingRequests, sequences } = await instance.stats();
    return waitingRequests === 0 && sequences.every(({ state }) => state === 'idle');
  });
  return instance.stats();
}
