import { expect, test } from 'vitest';
import type { BatchPart } from '#main/engines/llama-cpp/context-driver.ts';
import { GenerationRun, type GenerationRunOptions } from '#main/engines/llama-cpp/generation-run.ts';
import { StepLoop } from '#main/engines/llama-cpp/step-loop.ts';
import { ThreadPlan } from '#main/engines/llama-cpp/thread-plan.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';
import { createRandom } from '#test/support/random.ts';
import { verifies } from '#test/support/verifies.ts';

const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];

/** A driver whose clock only its steps move: the weights are read once, each token costs what it does on a small machine. */
class TimedDriver extends FakeContextDriver {
  time = 0;
  /** When each step ended, and which sequences it served. */
  readonly steps: { at: number; sequences: number[] }[] = [];
  readonly #random = createRandom(27);
  #cost = 0;
  #sequences: number[] = [];

  override beginBatch(): void {
    super.beginBatch();
    this.#cost = 12;
    this.#sequences = [];
  }

  override addToBatch(part: BatchPart): number {
    const { sequence, position, tokens, scoreCount } = part;
    const isAnswer = tokens.length === 1 && scoreCount === 1;
    this.#cost += isAnswer ? 4 : tokens.length * (1.5 + position / 16_000);
    this.#sequences.push(sequence);
    return super.addToBatch(part);
  }

  override async decode(): Promise<void> {
    await super.decode();
    this.time += this.#cost * (0.95 + this.#random.next() / 10);
    this.steps.push({ at: this.time, sequences: this.#sequences });
  }
}

function createTimedLoop(): { driver: TimedDriver; start: (prompt: number[], tokenLimit: number) => Promise<void> } {
  const driver = new TimedDriver(512);
  const now = () => driver.time;
  const loop = new StepLoop({
    driver,
    threadPlan: new ThreadPlan({ threads: 2, isAdaptive: false }),
    sequenceCount: 8,
    slidingWindow: 0,
    stallLimitMs: 60_000,
    toText: (tokens) => tokens.join(),
    now,
  });
  const start = async (prompt: number[], tokenLimit: number): Promise<void> => {
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
    for await (const event of run.events()) if (event.type === 'finish') return;
  };
  return { driver, start };
}

/** Times between two tokens of one sequence, of all of them, in order of length. */
function pausesOf(steps: TimedDriver['steps'], sequences: readonly number[]): number[] {
  return sequences
    .flatMap((sequence) => {
      const times = steps.filter((step) => step.sequences.includes(sequence)).map(({ at }) => at);
      return times.slice(1).map((at, index) => at - (times[index] ?? 0));
    })
    .sort((left, right) => left - right);
}

const p99 = (pauses: readonly number[]): number => pauses[Math.floor((pauses.length - 1) * 0.99)] ?? Number.NaN;

test(
  'seven chats go on while a prompt of 8,000 tokens is read, and wait at most three times as long for a token',
  verifies(['REL-27'], { breaks: 'src/main/engines/llama-cpp/prefill-pacer.ts#PrefillPacer' }, async () => {
    const { driver, start } = createTimedLoop();
    const chats = [0, 1, 2, 3, 4, 5, 6];
    const answers = chats.map((chat) => start([chat, 90, 91, 92, 93], 600));
    while (driver.steps.length < 110) await new Promise((resolve) => setImmediate(resolve));
    const alone = driver.steps.slice(10);
    const first = driver.steps.length;
    await start(
      Array.from({ length: 8000 }, (_, index) => (index * 37) % 97),
      1,
    );
    const beside = driver.steps.slice(first);
    await Promise.all(answers);

    const calm = p99(pausesOf(alone, chats));
    expect(calm).toBeGreaterThan(38);
    expect(calm).toBeLessThan(43);
    expect(p99(pausesOf(beside, chats))).toBeLessThanOrEqual(3 * calm);
    // Each chat had a token of every step, and the prompt had what was left: it was not simply kept waiting.
    for (const { sequences } of beside.slice(1, -1)) expect(sequences).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(beside.length).toBeGreaterThan(100);
    expect(beside.length).toBeLessThan(300);
  }),
);
