import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { ContextGroup } from '#main/engines/llama-cpp/context-group.ts';
import { ContextGrowth } from '#main/engines/llama-cpp/context-growth.ts';
import type { ContextShape } from '#main/engines/llama-cpp/context-driver.ts';
import { GenerationRun, type GenerationRunOptions } from '#main/engines/llama-cpp/generation-run.ts';
import { StepLoop } from '#main/engines/llama-cpp/step-loop.ts';
import { ThreadPlan } from '#main/engines/llama-cpp/thread-plan.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';
import { createRandom } from '#test/support/random.ts';

const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const count = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => (from + index * 7) % 97);

interface BenchOptions {
  start?: ContextShape;
  limits?: ContextShape;
  isPortable?: boolean;
  /** Tokens that the memory has room for, all contexts together. */
  memoryTokens?: number;
  /** False: the library refuses every further context. */
  canCreate?: boolean;
}

/** A loop on contexts that grow; memory is counted in tokens. */
function createBench(options: BenchOptions = {}) {
  const { start = { contextSize: 64, sequences: 1 }, limits = { contextSize: 2048, sequences: 3 } } = options;
  const { memoryTokens = 1_000_000, isPortable = true, canCreate = true } = options;
  const made: FakeContextDriver[] = [];
  const createContext = (shape: ContextShape): FakeContextDriver => {
    const context = new FakeContextDriver(64, shape);
    context.nextToken = (tokens) => (tokens.length * 31 + (tokens[tokens.length >> 1] ?? 0)) % 97;
    made.push(context);
    return context;
  };
  const group = new ContextGroup(createContext(start), (state) => state);
  let time = 0;
  const now = (): number => (time += 1);
  const growth = new ContextGrowth({
    group,
    create: async (shape) => {
      for (let turns = 0; turns < 5; turns++) await turn();
      return canCreate ? createContext(shape) : undefined;
    },
    limits,
    isPortable,
    memory: { bytesPerToken: 1, fixedBytes: 0 },
    freeBytes: () => memoryTokens - group.allocatedTokens,
    now,
  });
  const loop = new StepLoop({
    driver: group,
    growth,
    sequenceCount: limits.sequences,
    threadPlan: new ThreadPlan({ threads: 1, isAdaptive: false }),
    slidingWindow: 0,
    stallLimitMs: 60_000,
    toText: (tokens) => tokens.join(),
    now,
  });
  const submit = async (prompt: number[], tokenLimit = 8): Promise<GenerationEvent[]> => {
    const run = new GenerationRun({
      prompt: Uint32Array.from(prompt),
      tokenLimit,
      limitReason: 'max-tokens',
      program: { stops: [], ignoreEndOfGeneration: false },
      chooser: { choose: (scores) => scores.indexOf(Math.max(...scores)) },
      pieces,
      isEndOfGeneration: () => false,
      onReaderChange: () => loop.wake(),
      now,
    });
    loop.submit(run);
    const events: GenerationEvent[] = [];
    for await (const event of run.events()) events.push(event);
    return events;
  };
  const idle = async (): Promise<void> => {
    while (loop.stats().sequences.some(({ state }) => state !== 'idle')) await turn();
  };
  return { group, growth, loop, made, submit, idle };
}

const tokensOf = (events: GenerationEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'text-delta' ? event.tokens : []));
const finishOf = (events: GenerationEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'finish') throw new Error('no finish');
  return last;
};

/** The answer in a context that has room for everything from the beginning. */
async function answerOf(prompt: number[], tokenLimit: number): Promise<number[]> {
  const { submit } = createBench({ start: { contextSize: 4096, sequences: 1 } });
  return tokensOf(await submit(prompt, tokenLimit));
}

describe('a context that grows', () => {
  test('a prompt that does not fit gets a sequence of its own; what was read of it is not read again', async () => {
    const { group, loop, submit, idle } = createBench();
    const first = count(40);
    await submit(first, 8);
    await idle();
    const second = [...first, ...count(100, 50)];
    const events = await submit(second, 8);
    expect(finishOf(events).usage.cachedTokens).toBe(40);
    expect(tokensOf(events)).toEqual(await answerOf(second, 8));
    expect(group.shelf).toMatchObject({ contextSize: 64, sequences: 1 });
    expect(group.deepSequences.map((id) => group.capacityOf(id))).toEqual([256]);
    expect(loop.stats().prefillTokens).toBe(140);
  });

  test('an answer that fills its sequence goes on in a larger one, token for token', async () => {
    const { submit, loop } = createBench();
    const events = await submit(count(30), 700);
    expect(tokensOf(events)).toEqual(await answerOf(count(30), 700));
    expect(finishOf(events)).toMatchObject({ reason: 'length', rawReason: 'max-tokens' });
    expect(loop.stats()).toMatchObject({ prefillTokens: 30, generatedTokens: 700 });
  });

  test('a running answer goes on while room is made for another', async () => {
    const { submit, made } = createBench();
    const short = submit(count(10), 40);
    const long = submit(count(300), 20);
    expect(tokensOf(await short)).toEqual(await answerOf(count(10), 40));
    expect(tokensOf(await long)).toEqual(await answerOf(count(300), 20));
    const lone = made[0]?.batches.filter((parts) => parts.length === 1).length ?? 0;
    expect(lone).toBeGreaterThanOrEqual(5);
  });

  test('requests at the same time get sequences side by side; the answer that ran is not touched', async () => {
    const { submit, group } = createBench();
    const prompts = [count(10), count(12, 3), count(14, 5)];
    const answers = await Promise.all(prompts.map((prompt) => submit(prompt, 30)));
    for (const [index, prompt] of prompts.entries()) {
      expect(tokensOf(answers[index] ?? [])).toEqual(await answerOf(prompt, 30));
    }
    expect(group.shelf.sequences).toBe(3);
  });

  test('a short request beside a long conversation neither moves nor evicts it', async () => {
    const { submit, group, idle, loop } = createBench();
    const long = count(500);
    await submit(long, 4);
    await idle();
    for (const from of [1, 2, 3, 4]) await submit(count(20, from), 4);
    await idle();
    const events = await submit([...long, ...count(30, 9)], 4);
    expect(finishOf(events).usage.cachedTokens).toBe(500);
    expect(group.deepSequences).toHaveLength(1);
    expect(loop.stats().prefillTokens).toBe(500 + 4 * 20 + 30);
  });

  test('the next turns of a long conversation leave what they have outgrown', async () => {
    const { submit, group, idle, loop } = createBench();
    const whole = count(1800);
    for (const length of [200, 500, 900, 1400, 1800]) {
      await submit(whole.slice(0, length), 1);
      await idle();
    }
    expect(group.deepSequences).toHaveLength(1);
    expect(loop.stats().prefillTokens).toBe(1800);
    expect(group.allocatedTokens / 1800).toBeLessThanOrEqual(1.3);
  });

  test('memory that is too short: the answer gets what there is and ends there', async () => {
    const { submit } = createBench({ memoryTokens: 64 });
    const events = await submit(count(30), 700);
    expect(finishOf(events)).toMatchObject({ reason: 'length', rawReason: 'context-full' });
    expect(tokensOf(events)).toEqual((await answerOf(count(30), 700)).slice(0, 35));
  });

  test('a library that makes no further context: refused with the numbers, and short requests go on', async () => {
    const { submit } = createBench({ canCreate: false });
    const failure = await submit(count(500), 4).catch((error: unknown) => error);
    if (!isAppError(failure)) throw new Error('not refused');
    expect(failure.code).toBe('context-overflow');
    expect(failure.data).toMatchObject({ promptTokens: 500 });
    expect(tokensOf(await submit(count(20), 4))).toEqual(await answerOf(count(20), 4));
  });

  test('states that fit only a context like their own: the shelf grows with everything on it', async () => {
    const bench = createBench({ isPortable: false, start: { contextSize: 64, sequences: 3 } });
    const { submit, group, made, idle } = bench;
    const short = submit(count(10), 40);
    const events = await submit(count(300), 20);
    expect(tokensOf(events)).toEqual(await answerOf(count(300), 20));
    expect(tokensOf(await short)).toEqual(await answerOf(count(10), 40));
    await idle();
    expect(group.shelf).toMatchObject({ contextSize: 512, sequences: 3 });
    expect(made[0]?.isDisposed).toBe(true);
  });

  test('an agent from 2,000 to 22,000 tokens with side requests: from 7,000 on at most 1.5 tokens are allocated for one in use', async () => {
    const bench = createBench({
      start: { contextSize: 2048, sequences: 1 },
      limits: { contextSize: 32_768, sequences: 4 },
    });
    const { submit, idle, loop } = bench;
    const whole = Array.from({ length: 23_000 }, (_, index) => (index * index) % 89);
    const ratios: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      await submit(whole.slice(0, 2000 + turn * 1050), 30);
      if (turn % 3 === 1) await submit(count(400, turn), 12);
      await idle();
      const { allocatedTokens = 0, usedTokens = 1 } = loop.stats().context ?? {};
      ratios.push(allocatedTokens / usedTokens);
    }
    expect(Math.max(...ratios.slice(5))).toBeLessThanOrEqual(1.5);
    const { context, prefillTokens } = loop.stats();
    expect(context?.allocatedToUsedP95).toBeLessThanOrEqual(2.2);
    expect(prefillTokens).toBeLessThanOrEqual(2000 + 19 * 1050 + 7 * 400 + 20);
  });

  test('random conversations: every answer is what a large context gives', async () => {
    const random = createRandom(7);
    for (let round = 0; round < 12; round++) {
      const { submit, idle } = createBench({
        isPortable: round % 3 !== 0,
        limits: { contextSize: 1024, sequences: 3 },
      });
      const talks = Array.from({ length: 4 }, (_, index) => count(20 + random.below(60), index * 13));
      for (let step = 0; step < 8; step++) {
        await Promise.all(
          talks.map(async (talk, index) => {
            if (random.below(3) === 0) return;
            const limit = 1 + random.below(30);
            const answer = tokensOf(await submit([...talk], limit));
            expect(answer).toEqual(await answerOf(talk, limit));
            talk.push(...answer, ...count(random.below(60), index));
          }),
        );
        await idle();
      }
    }
  });
});
