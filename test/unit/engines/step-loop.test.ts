import { describe, expect, onTestFinished, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { GenerationRun, type GenerationRunOptions } from '#main/engines/llama-cpp/generation-run.ts';
import { StepLoop } from '#main/engines/llama-cpp/step-loop.ts';
import type { StepLoopOptions } from '#main/engines/llama-cpp/step-loop-options.ts';
import { ThreadPlan } from '#main/engines/llama-cpp/thread-plan.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';
import { createRandom } from '#test/support/random.ts';

const endToken = 99;
const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];

interface Bench {
  driver: FakeContextDriver;
  loop: StepLoop;
  createRun: (prompt: number[], options?: Partial<GenerationRunOptions>) => GenerationRun;
  submit: (prompt: number[], options?: Partial<GenerationRunOptions>) => Promise<GenerationEvent[]>;
  idle: () => Promise<void>;
}

function createBench(options: Partial<StepLoopOptions> & { batchSize?: number } = {}): Bench {
  const { batchSize, ...loopOptions } = options;
  const driver = new FakeContextDriver(batchSize);
  // Advances with every reading, so that each step takes some time.
  let time = 0;
  const now = (): number => (time += 1);
  const threadPlan = new ThreadPlan({ threads: 2, isAdaptive: false });
  const loop = new StepLoop({
    driver,
    threadPlan,
    sequenceCount: 4,
    slidingWindow: 0,
    stallLimitMs: 60_000,
    toText: (tokens) => tokens.join(),
    now,
    ...loopOptions,
  });
  const createRun = (prompt: number[], runOptions: Partial<GenerationRunOptions> = {}): GenerationRun =>
    new GenerationRun({
      prompt: Uint32Array.from(prompt),
      tokenLimit: 8,
      limitReason: 'max-tokens',
      program: { stops: [], ignoreEndOfGeneration: false },
      chooser: { choose: (scores) => scores.indexOf(Math.max(...scores)) },
      pieces,
      isEndOfGeneration: (token) => token === endToken,
      onReaderChange: () => loop.wake(),
      now,
      ...runOptions,
    });
  return {
    driver,
    loop,
    createRun,
    submit(prompt, runOptions) {
      const run = createRun(prompt, runOptions);
      loop.submit(run);
      return collect(run.events());
    },
    async idle() {
      while (loop.stats().sequences.some(({ state }) => state !== 'idle')) await turn();
    },
  };
}

async function collect(events: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> {
  const all: GenerationEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const count = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => from + index);
const sizes = (driver: FakeContextDriver): number[] =>
  driver.batches.map((parts) => parts.reduce((sum, { tokens }) => sum + tokens.length, 0));
const tokensOf = (events: GenerationEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'text-delta' ? event.tokens : []));
const finishOf = (events: GenerationEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'finish') throw new Error('no finish');
  return last;
};

describe('StepLoop', () => {
  test('one request: the prompt in one batch, then one token a step', async () => {
    const { driver, submit } = createBench();
    const events = await submit(count(5), { tokenLimit: 3 });
    expect(sizes(driver)).toEqual([5, 1, 1]);
    expect(tokensOf(events)).toEqual([5, 6, 7]);
    expect(finishOf(events)).toMatchObject({
      reason: 'length',
      rawReason: 'max-tokens',
      usage: { promptTokens: 5, cachedTokens: 0, completionTokens: 3 },
    });
  });

  test('only the last piece of a prompt asks for scores', async () => {
    const { driver, submit } = createBench({ batchSize: 4 });
    await submit(count(10), { tokenLimit: 1 });
    expect(driver.batches.map(([part]) => [part?.position, part?.tokens.length, part?.scoreCount])).toEqual([
      [0, 4, 0],
      [4, 4, 0],
      [8, 2, 1],
    ]);
  });

  test('four answers share every batch', async () => {
    const { driver, submit, loop } = createBench();
    await Promise.all([0, 100, 200, 300].map((from) => submit(count(6, from), { tokenLimit: 10 })));
    expect(sizes(driver)).toEqual([24, 4, 4, 4, 4, 4, 4, 4, 4, 4]);
    expect(loop.stats().batchHistogram).toEqual({ '4': 9, '24': 1 });
  });

  test('an answer beside a long prompt goes on in every step', async () => {
    const { driver, submit } = createBench();
    await Promise.all([
      submit(count(3), { tokenLimit: 40 }),
      turn()
        .then(() => turn())
        .then(() => submit(count(60, 200), { tokenLimit: 2 })),
    ]);
    const mixed = driver.batches.filter((parts) => parts.length === 2);
    expect(mixed.length).toBeGreaterThan(1);
    for (const parts of mixed) expect(parts[0]).toMatchObject({ sequence: 0, tokens: [expect.any(Number)] });
  });

  test('more requests than sequences wait in order and all finish', async () => {
    const { loop, submit } = createBench({ sequenceCount: 2 });
    const order: number[] = [];
    const all = count(7).map(async (index) => {
      const events = await submit(count(4, index * 10), { tokenLimit: 3 });
      order.push(index);
      return finishOf(events).usage.completionTokens;
    });
    await turn();
    expect(loop.stats().waitingRequests).toBe(5);
    expect(await Promise.all(all)).toEqual([3, 3, 3, 3, 3, 3, 3]);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('the queue is bounded', async () => {
    const { loop, createRun } = createBench({ sequenceCount: 1 });
    const runs = count(1000).map(() => createRun(count(3)));
    const beyond = createRun(count(3));
    for (const run of [...runs, beyond]) loop.submit(run);
    expect(runs.every(({ isOver }) => !isOver)).toBe(true);
    await expect(collect(beyond.events())).rejects.toMatchObject({ code: 'queue-full' });
    for (const run of runs) run.fail(new AppError('cancelled', 'over'));
  });

  test('a waiting request that is dropped is never computed', async () => {
    const { driver, loop, submit, createRun, idle } = createBench({ sequenceCount: 1 });
    const first = submit(count(3), { tokenLimit: 5 });
    const dropped = createRun([77, 78]);
    loop.submit(dropped);
    const third = submit(count(3, 40), { tokenLimit: 2 });
    await turn();
    dropped.fail(new AppError('cancelled', 'gone'));
    loop.wake();
    await expect(collect(dropped.events())).rejects.toMatchObject({ code: 'cancelled' });
    expect(finishOf(await first).usage.completionTokens).toBe(5);
    expect(finishOf(await third).usage.completionTokens).toBe(2);
    await idle();
    expect(driver.batches.flat().some(({ tokens }) => tokens.includes(77))).toBe(false);
  });

  test('a running request that is dropped frees its sequence within one step', async () => {
    const { driver, loop, createRun, idle } = createBench();
    const run = createRun(count(3), { tokenLimit: 1000 });
    loop.submit(run);
    while (driver.batches.length < 5) await turn();
    run.fail(new AppError('cancelled', 'gone'));
    const { steps } = loop.stats();
    loop.wake();
    await idle();
    expect(loop.stats().steps - steps).toBeLessThanOrEqual(1);
  });

  test('leaving the loop over the events frees the sequence', async () => {
    const { driver, loop, createRun, idle } = createBench();
    const run = createRun(count(3), { tokenLimit: 1000 });
    loop.submit(run);
    for await (const event of run.events()) if (event.type === 'text-delta') break;
    await idle();
    const { length } = driver.batches;
    await turn();
    expect(driver.batches).toHaveLength(length);
  });

  test('the next turn of a conversation computes only what is new', async () => {
    const { driver, submit, idle, loop } = createBench();
    await submit(count(10), { tokenLimit: 3 });
    await idle();
    driver.batches.length = 0;
    // The sequence holds the prompt and the first two tokens of the answer; the last was chosen, not computed.
    const events = await submit([...count(10), 10, 11, 12, 50, 51], { tokenLimit: 1 });
    expect(finishOf(events).usage).toEqual({ promptTokens: 15, cachedTokens: 12, completionTokens: 1 });
    expect(driver.batches).toEqual([[{ sequence: 0, position: 12, tokens: [12, 50, 51], scoreCount: 1 }]]);
    expect(loop.stats()).toMatchObject({ prefillTokens: 13, reusedTokens: 12 });
  });

  test('the same prompt again computes one token', async () => {
    const { driver, submit, idle } = createBench();
    await submit(count(10), { tokenLimit: 4 });
    await idle();
    driver.batches.length = 0;
    const events = await submit(count(10), { tokenLimit: 4 });
    expect(sizes(driver)).toEqual([1, 1, 1, 1]);
    expect(tokensOf(events)).toEqual([10, 11, 12, 13]);
  });

  test('a model whose memory cannot be cut computes everything again, correctly', async () => {
    const { driver, submit, idle } = createBench();
    driver.canTruncate = false;
    await submit(count(10), { tokenLimit: 4 });
    await idle();
    const events = await submit([...count(8), 60], { tokenLimit: 1 });
    expect(finishOf(events).usage).toMatchObject({ promptTokens: 9, cachedTokens: 0 });
    expect(driver.held.get(0)).toEqual([...count(8), 60]);
  });

  test('a sliding window that has forgotten the place of the cut is not reused', async () => {
    const { driver, submit, idle } = createBench({ slidingWindow: 4 });
    await submit(count(20), { tokenLimit: 2 });
    await idle();
    driver.firstHeld = 14;
    expect(finishOf(await submit(count(12), { tokenLimit: 1 })).usage.cachedTokens).toBe(0);
    await idle();
    driver.firstHeld = 3;
    expect(finishOf(await submit(count(9), { tokenLimit: 1 })).usage.cachedTokens).toBe(8);
  });

  test('maxTokens 0 computes the prompt and chooses nothing', async () => {
    const { driver, submit } = createBench();
    const events = await submit(count(6), { tokenLimit: 0 });
    expect(driver.batches).toEqual([[{ sequence: 0, position: 0, tokens: count(6), scoreCount: 0 }]]);
    expect(finishOf(events)).toMatchObject({ reason: 'length', usage: { completionTokens: 0 } });
  });

  test('the end token ends the answer and is not part of it', async () => {
    const { driver, submit } = createBench();
    driver.nextToken = (tokens) => (tokens.length >= 7 ? endToken : tokens.length);
    const events = await submit(count(5), { tokenLimit: 50 });
    expect(tokensOf(events)).toEqual([5, 6]);
    expect(finishOf(events)).toMatchObject({ reason: 'stop', rawReason: 'eog', usage: { completionTokens: 2 } });
  });

  test('an answer told to ignore the end token goes on', async () => {
    const { driver, submit } = createBench();
    driver.nextToken = () => endToken;
    const program = { stops: [], ignoreEndOfGeneration: true };
    expect(tokensOf(await submit(count(5), { tokenLimit: 4, program }))).toEqual([99, 99, 99, 99]);
  });

  test('a stop text ends the answer before it', async () => {
    const { submit } = createBench();
    const program = { stops: ['7,8'], ignoreEndOfGeneration: false };
    const events = await submit(count(5), { tokenLimit: 50, program });
    expect(events.map((event) => (event.type === 'text-delta' ? event.text : ''))).toContain('6,');
    expect(finishOf(events)).toMatchObject({ reason: 'stop', rawReason: 'stop-text', stopText: '7,8' });
  });

  test('a slow reader pauses its own answer only', async () => {
    const { loop, createRun, submit, driver } = createBench();
    const slow = createRun(count(3), { tokenLimit: 1000 });
    loop.submit(slow);
    const events = await submit(count(3, 50), { tokenLimit: 600 });
    expect(finishOf(events).usage.completionTokens).toBe(600);
    await turn();
    expect(slow.completionTokens).toBeLessThan(300);
    expect(sizes(driver).filter((size) => size === 1).length).toBeGreaterThan(250);
    const late = await collect(slow.events());
    expect(tokensOf(late)).toHaveLength(1000);
  });

  test('a reader that stops gives its sequence to who waits, and gets the rest of its answer when it reads again', async () => {
    const undisturbed = createBench({ sequenceCount: 1 });
    undisturbed.driver.nextToken = (tokens) => (tokens.length * 31 + (tokens[2] ?? 0)) % 97;
    const expected = tokensOf(await undisturbed.submit(count(3), { tokenLimit: 1000 }));

    const { loop, createRun, submit, driver, idle } = createBench({ sequenceCount: 1 });
    driver.nextToken = (tokens) => (tokens.length * 31 + (tokens[2] ?? 0)) % 97;
    const stopped = createRun(count(3), { tokenLimit: 1000 });
    loop.submit(stopped);
    while (!stopped.isPaused) await turn();
    const others = await Promise.all([50, 60, 70].map((from) => submit(count(5, from), { tokenLimit: 20 })));
    for (const events of others) expect(finishOf(events).usage.completionTokens).toBe(20);
    await idle();
    expect(stopped.completionTokens).toBeLessThan(300);
    expect(tokensOf(await collect(stopped.events()))).toEqual(expected);
  });

  test('a parked answer whose reader leaves or whose model goes ends', async () => {
    const { loop, createRun, submit } = createBench({ sequenceCount: 1 });
    const [left, unloaded] = [createRun(count(3), { tokenLimit: 1000 }), createRun(count(4), { tokenLimit: 1000 })];
    loop.submit(left);
    while (!left.isPaused) await turn();
    loop.submit(unloaded);
    while (!unloaded.isPaused) await turn();
    await submit(count(5, 9));
    left.fail(new AppError('cancelled', 'The client left.'));
    loop.wake();
    await submit(count(5, 9));
    await loop.stop(new AppError('cancelled', 'The model was unloaded.'));
    await expect(collect(left.events())).rejects.toMatchObject({ message: 'The client left.' });
    await expect(collect(unloaded.events())).rejects.toMatchObject({ message: 'The model was unloaded.' });
  });

  test('a failed decode fails its requests, and the next ones start from nothing', async () => {
    const { driver, submit, idle } = createBench();
    driver.beforeDecode = () => Promise.reject(new Error('Eval has failed'));
    const results = await Promise.allSettled([submit(count(4)), submit(count(4, 50))]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'engine-crashed' } });
    }
    await idle();
    driver.beforeDecode = () => Promise.resolve();
    expect(finishOf(await submit(count(4))).usage).toMatchObject({ cachedTokens: 0, completionTokens: 8 });
  });

  test('scores that cannot be read take down its own request only', async () => {
    const { driver, submit } = createBench();
    driver.nextToken = (tokens) => {
      if (tokens[0] === 50 && tokens.length > 6) throw new Error('no candidates');
      return tokens.length;
    };
    const [good, bad] = await Promise.allSettled([submit(count(4)), submit(count(4, 50))]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'engine-crashed' } });
  });

  test('an answer that cannot choose does not hang, and says why in its own words', async () => {
    const { submit } = createBench();
    const chooser = {
      choose: (): number => {
        throw new AppError('invalid-request', 'Every token is banned.');
      },
    };
    await expect(submit(count(4), { chooser })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('a prompt that nobody waits for any more is stopped inside its step; its neighbour goes on unharmed', async () => {
    const bench = createBench();
    const { driver, loop, createRun } = bench;
    const neighbour = bench.submit(count(4), { tokenLimit: 12 });
    while (driver.batches.length < 3) await turn();
    const long = createRun(count(60, 30), { tokenLimit: 1 });
    const hang = Promise.withResolvers<void>();
    driver.beforeDecode = () => hang.promise;
    loop.submit(long);
    for (let turns = 0; turns < 6; turns++) await turn();
    driver.beforeDecode = () => Promise.resolve();
    long.fail(new AppError('cancelled', 'gone'));
    loop.wake();
    expect(driver.aborts).toBe(1);
    expect(tokensOf(await neighbour)).toEqual(Array.from({ length: 12 }, (_, index) => 4 + index));
    await bench.idle();
    for (const { id, heldTokens } of loop.stats().sequences) {
      expect(driver.held.get(id)?.length ?? 0).toBe(heldTokens);
    }
  });

  test('a step that hangs fails all requests; when it comes back the loop goes on', async () => {
    const { driver, loop, submit, idle } = createBench({ stallLimitMs: 60 });
    const hang = Promise.withResolvers<void>();
    onTestFinished(() => hang.resolve());
    driver.beforeDecode = () => hang.promise;
    const results = await Promise.allSettled([submit(count(4)), submit(count(9, 50))]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'engine-stalled' } });
    }
    await expect(submit(count(2))).rejects.toMatchObject({ code: 'engine-stalled' });
    expect(await loop.stop(new AppError('cancelled', 'over'))).toBe(false);
    hang.resolve();
    await idle();
  });

  test('stop does not wait for ever for a step that hangs', async () => {
    const { driver, loop, submit, idle } = createBench({ stallLimitMs: 60 });
    const hang = Promise.withResolvers<void>();
    driver.beforeDecode = () => hang.promise;
    driver.canAbort = false;
    const answer = submit(count(4));
    await turn();
    await turn();
    const stopping = loop.stop(new AppError('cancelled', 'over'));
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stopping).toBe(false);
    hang.resolve();
    await idle();
  });

  test('a fault in handling a token is one request of its own', async () => {
    const { submit } = createBench();
    const isEndOfGeneration = (): boolean => {
      throw new Error('broken table');
    };
    const [good, bad] = await Promise.allSettled([submit(count(4)), submit(count(4, 50), { isEndOfGeneration })]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'engine-crashed' } });
  });

  test('stop fails what runs and waits, then refuses', async () => {
    const { driver, loop, submit, createRun } = createBench({ sequenceCount: 1 });
    const running = submit(count(4), { tokenLimit: 1000 });
    const waiting = submit(count(4, 50));
    while (driver.batches.length < 3) await turn();
    const settled = Promise.allSettled([running, waiting]);
    expect(await loop.stop(new AppError('cancelled', 'unloaded'))).toBe(true);
    for (const result of await settled) expect(result).toMatchObject({ reason: { code: 'cancelled' } });
    const late = createRun([1]);
    loop.submit(late);
    await expect(collect(late.events())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('threads', () => {
  /** Steps last 10 ms with one thread; `slowFrom` steps later more threads take 500. */
  function createThreadBench(isAdaptive: boolean, slowFrom: number) {
    let time = 0;
    const threadPlan = new ThreadPlan({ threads: 2, isAdaptive });
    const bench = createBench({ threadPlan, now: () => time });
    const { driver } = bench;
    /** Threads of each decode. */
    const used: number[] = [];
    driver.beforeDecode = () => {
      const threads = driver.threads.at(-1) ?? 2;
      const isSlow = threads > 1 && driver.batches.length >= slowFrom;
      used.push(threads);
      time += isSlow ? 500 : 10 / threads;
      return turn();
    };
    return { ...bench, used };
  }

  test('are lowered between steps when a step is far too slow, and the answer goes on', async () => {
    const { driver, submit, loop } = createThreadBench(true, 20);
    const events = await submit(count(5), { tokenLimit: 60 });
    expect(tokensOf(events)).toEqual(count(60, 5));
    // The first two: one thread is compared once with both.
    expect(driver.threads).toEqual([1, 2, 1]);
    expect(loop.stats().threads).toEqual({ prefill: 1, decode: 1 });
  });

  test('that the user chose are never touched', async () => {
    const { driver, submit, loop } = createThreadBench(false, 3);
    await submit(count(5), { tokenLimit: 60 });
    expect(driver.threads).toEqual([]);
    expect(loop.stats().threads).toEqual({ prefill: 2, decode: 2 });
  });

  test('of a prompt and of an answer are set apart', async () => {
    const { driver, submit, used } = createThreadBench(true, 1000);
    const long = submit(count(5), { tokenLimit: 40 });
    while (driver.batches.length < 5) await turn();
    // The answer is compared with one thread now; the prompt beside it has both.
    const prompt = submit(count(40, 200), { tokenLimit: 1 });
    await Promise.all([long, prompt]);
    const mixed = driver.batches.findIndex((parts) => parts.length === 2);
    expect(used.slice(mixed - 1, mixed + 1)).toEqual([1, 2]);
  });
});

describe('random interleavings', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'requests that come, go and break off leave every sequence true (seed %d)',
    async (seed) => {
      const random = createRandom(seed);
      const bench = createBench({ batchSize: 16, sequenceCount: 3 });
      const { driver, loop } = bench;
      // An answer depends on every token before it, so that a wrong reuse changes it.
      driver.nextToken = (tokens) => tokens.reduce((sum, token) => (sum * 31 + token) % 97, 7);
      const work: Promise<void>[] = [];
      for (let request = 0; request < 60; request++) {
        const prompt = [
          ...count(random.below(20), 200),
          ...Array.from({ length: 1 + random.below(30) }, () => random.below(3)),
        ];
        const tokenLimit = random.below(12);
        const run = bench.createRun(prompt, { tokenLimit });
        loop.submit(run);
        work.push(random.below(3) === 0 ? breakOff(run, random.below(9)) : checkAnswer(run, prompt, driver));
        for (let turns = random.below(12); turns > 0; turns--) await turn();
      }
      await Promise.all(work);
      await bench.idle();
      for (const { id, heldTokens } of loop.stats().sequences)
        expect(driver.held.get(id)?.length ?? 0).toBe(heldTokens);
      const computed = sizes(driver).reduce((sum, size) => sum + size, 0);
      const histogram = Object.entries(loop.stats().batchHistogram);
      expect(histogram.reduce((sum, [size, times]) => sum + Number(size) * times, 0)).toBe(computed);
    },
  );
});

async function breakOff(run: GenerationRun, afterEvents: number): Promise<void> {
  let events = 0;
  for await (const event of run.events()) {
    expect(event.type).not.toBe('start');
    if (++events > afterEvents) break;
  }
}

/** The answer is what the same prompt gives alone, token by token. */
async function checkAnswer(run: GenerationRun, prompt: number[], driver: FakeContextDriver): Promise<void> {
  const events = await collect(run.events());
  const held = [...prompt];
  const expected = finishOf(events).usage.completionTokens;
  const tokens: number[] = [];
  while (tokens.length < expected) {
    const next = driver.nextToken(held);
    tokens.push(next);
    held.push(next);
  }
  expect(tokensOf(events)).toEqual(tokens);
}
