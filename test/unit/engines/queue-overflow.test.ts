import { expect, test } from 'vitest';
import { isAppError } from '#shared/errors/app-error.ts';
import { GenerationRun, type GenerationRunOptions } from '#main/engines/llama-cpp/generation-run.ts';
import { StepLoop } from '#main/engines/llama-cpp/step-loop.ts';
import { ThreadPlan } from '#main/engines/llama-cpp/thread-plan.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';
import { createRandom } from '#test/support/random.ts';
import { verifies } from '#test/support/verifies.ts';

const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const now = () => performance.now();

interface Asked {
  /** Whose it is. */
  key: string;
  prompt: number[];
  tokenLimit: number;
}

/** A flood by one key, all of it with one beginning, and among it what three others ask. */
function listRequests(count: number): Asked[] {
  const random = createRandom(8);
  return Array.from({ length: count }, (_, index) => {
    const isFlood = random.next() < 0.7;
    const own = [index % 89, random.below(90), random.below(90)];
    const beginning = isFlood ? Array.from({ length: 60 }, (__, place) => place) : [];
    return {
      key: isFlood ? 'flood' : random.pick(['a', 'b', 'c']),
      prompt: [...beginning, ...own],
      tokenLimit: 1 + random.below(6),
    };
  });
}

test(
  'of ten times what the queue holds each request is served or refused at once, in the order in which it came',
  verifies(['REL-08'], { breaks: 'src/main/engines/llama-cpp/request-queue.ts#RequestQueue' }, async () => {
    const loop = new StepLoop({
      driver: new FakeContextDriver(128),
      threadPlan: new ThreadPlan({ threads: 2, isAdaptive: false }),
      sequenceCount: 4,
      slidingWindow: 0,
      stallLimitMs: 60_000,
      toText: (tokens) => tokens.join(),
      now,
    });
    const asked = listRequests(10_000);
    const started: number[] = [];
    const done: number[] = [];
    const refused: number[] = [];
    const serve = async ({ prompt, tokenLimit }: Asked, index: number): Promise<void> => {
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
      const begin = run.begin.bind(run);
      run.begin = (cachedTokens) => {
        started.push(index);
        begin(cachedTokens);
      };
      loop.submit(run);
      try {
        for await (const event of run.events()) {
          if (event.type === 'finish') expect(event.usage.completionTokens).toBe(tokenLimit);
        }
        done.push(index);
      } catch (error) {
        if (!isAppError(error) || error.code !== 'queue-full') throw error;
        expect(error.data).toEqual({ waitingRequests: 1000 });
        refused.push(index);
      }
    };
    const all = Promise.all(asked.map(serve));
    expect(loop.stats().waitingRequests).toBe(1000);
    const depths: number[] = [];
    const watch = async (): Promise<void> => {
      while (done.length < 1000) {
        const { waitingRequests, sequences } = loop.stats();
        const running = sequences.filter(({ state }) => state !== 'idle').length;
        depths.push(waitingRequests);
        // Whoever neither waits nor is served is done; its reader may not have heard of it yet.
        expect(waitingRequests + running).toBeLessThanOrEqual(1000 - done.length);
        expect(waitingRequests + running).toBeGreaterThanOrEqual(1000 - done.length - 4);
        await turn();
      }
    };
    await Promise.all([all, watch()]);

    const first = Array.from({ length: 1000 }, (_, index) => index);
    expect([...done].sort((a, b) => a - b)).toEqual(first);
    expect(refused).toEqual(Array.from({ length: 9000 }, (_, index) => 1000 + index));
    expect(depths).toEqual([...depths].sort((a, b) => b - a));
    expect(loop.stats().waitingRequests).toBe(0);
    for (const key of ['flood', 'a', 'b', 'c']) {
      const own = started.filter((index) => asked[index]?.key === key);
      expect(own.length).toBeGreaterThan(50);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    // Nobody is overtaken by more than those who were served at the same time.
    for (const [place, index] of started.entries()) expect(Math.abs(place - index)).toBeLessThanOrEqual(4);
  }),
);
