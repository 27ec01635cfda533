import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { GenerationRun, type GenerationRunOptions } from '#main/engines/llama-cpp/generation-run.ts';
import { DraftGain } from '#main/engines/llama-cpp/speculation/draft-gain.ts';
import { RepeatFinder } from '#main/engines/llama-cpp/speculation/repeat-finder.ts';
import { StepLoop } from '#main/engines/llama-cpp/step-loop.ts';
import { ThreadPlan } from '#main/engines/llama-cpp/thread-plan.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';
import { createRandom } from '#test/support/random.ts';

const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];

interface Told {
  tokens: number[];
  finish: Extract<GenerationEvent, { type: 'finish' }>;
  /** The prompt and all that was chosen, stop texts too. */
  said: number[];
  /** What the sequence holds at the end. */
  held: number[];
  steps: number;
}

interface Wish {
  prompt: number[];
  next: (tokens: readonly number[]) => number;
  speculates: boolean;
  options?: () => Partial<GenerationRunOptions>;
}

/** One answer alone, on a clock where a step takes 10 and each further token in it 1. */
async function answer({ prompt, next, speculates, options }: Wish): Promise<Told> {
  const driver = new FakeContextDriver();
  driver.nextToken = next;
  let time = 0;
  const decode = driver.decode.bind(driver);
  driver.decode = async () => {
    await decode();
    time += 9 + (driver.batches.at(-1) ?? []).reduce((sum, { tokens }) => sum + tokens.length, 0);
  };
  const now = (): number => time;
  const loop = new StepLoop({
    ...{ driver, now, speculates, sequenceCount: 2, slidingWindow: 0, stallLimitMs: 60_000 },
    threadPlan: new ThreadPlan({ threads: 1, isAdaptive: false }),
    toText: (tokens) => tokens.join(),
  });
  const run = new GenerationRun({
    prompt: Uint32Array.from(prompt),
    tokenLimit: 60,
    limitReason: 'max-tokens',
    program: { stops: [], ignoreEndOfGeneration: false },
    chooser: { choose: (scores) => scores.indexOf(Math.max(...scores)) },
    pieces,
    isEndOfGeneration: (token) => token === 99,
    onReaderChange: () => loop.wake(),
    now,
    ...options?.(),
  });
  loop.submit(run);
  const tokens: number[] = [];
  let finish: Told['finish'] | undefined;
  for await (const event of run.events()) {
    if (event.type === 'text-delta') tokens.push(...event.tokens);
    if (event.type === 'finish') finish = event;
  }
  if (!finish) throw new Error('no finish');
  const said = [...prompt, ...run.answerTokens];
  return { tokens, finish, said, held: driver.held.get(0) ?? [], steps: driver.batches.length };
}

const cycle = [5, 6, 7, 8, 9, 10];
const inCircles = (tokens: readonly number[]): number => cycle[tokens.length % cycle.length] ?? 0;

describe('guessing what repeats', () => {
  test('takes fewer steps for the same answer, and tells how much was guessed', async () => {
    const prompt = [...cycle, ...cycle];
    const plain = await answer({ prompt, next: inCircles, speculates: false });
    const quick = await answer({ prompt, next: inCircles, speculates: true });
    expect(quick.tokens).toEqual(plain.tokens);
    expect(plain.steps).toBe(60);
    expect(quick.steps).toBeLessThan(20);
    const { draftedTokens = 0, rightTokens = 0 } = quick.finish.timings;
    expect(rightTokens).toBe(60 - quick.steps);
    expect(draftedTokens).toBe(rightTokens);
    expect(plain.finish.timings.draftedTokens).toBeUndefined();
  });

  test('stops where guesses are mostly wrong', async () => {
    // The same three tokens come again and again, with others behind them each time.
    const next = (tokens: readonly number[]): number =>
      tokens.length % 4 < 3 ? 20 + (tokens.length % 4) : 30 + (((tokens.length / 4) % 60) | 0);
    const told = await answer({ prompt: [1, 2, 3, 4], next, speculates: true });
    const { draftedTokens = 0, rightTokens = 0 } = told.finish.timings;
    expect(draftedTokens - rightTokens).toBeLessThan(20);
    expect(told.steps).toBeGreaterThan(25);
  });

  test('never changes an answer, whatever it repeats and however its tokens are drawn', async () => {
    let guessed = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const random = createRandom(seed);
      const alphabet = 2 + random.below(5);
      const table = Array.from({ length: 1 + random.below(9) }, () => random.below(alphabet));
      const noise = random.next() < 0.5 ? 0 : 0.15;
      const end = random.next() < 0.3 ? 20 + random.below(30) : Infinity;
      const next = (tokens: readonly number[]): number =>
        tokens.length > end ? 99 : (table[((tokens.at(-1) ?? 0) * 3 + (tokens.at(-2) ?? 0)) % table.length] ?? 0) + 1;
      const prompt = Array.from({ length: 4 + random.below(20) }, () => 1 + random.below(alphabet));
      const stops = random.next() < 0.3 ? [`${1 + random.below(alphabet)},${1 + random.below(alphabet)},`] : [];
      const tokenLimit = 1 + random.below(60);
      // Draws one number for each token it chooses, as a sampler does.
      const options = (): Partial<GenerationRunOptions> => {
        const draw = createRandom(seed + 1000);
        const choose = (scores: Float32Array): number => {
          const best = scores.indexOf(Math.max(...scores));
          return draw.next() < noise && best !== 99 ? 1 + ((best + 1) % alphabet) : best;
        };
        return { chooser: { choose }, tokenLimit, program: { stops, ignoreEndOfGeneration: false } };
      };
      const plain = await answer({ prompt, next, speculates: false, options });
      const quick = await answer({ prompt, next, speculates: true, options });
      expect([seed, quick.tokens]).toEqual([seed, plain.tokens]);
      const { timings: _, ...finish } = quick.finish;
      expect(plain.finish).toMatchObject(finish);
      // Nothing that was guessed wrong is left behind.
      const { said } = plain;
      expect([seed, quick.held]).toEqual([seed, said.slice(0, quick.held.length)]);
      expect(quick.held.length).toBeLessThanOrEqual(said.length);
      guessed += quick.finish.timings.rightTokens ?? 0;
    }
    expect(guessed).toBeGreaterThan(500);
  });
});

describe('RepeatFinder', () => {
  const find = (tokens: number[], count: number): number[] => {
    const finder = new RepeatFinder();
    for (const token of tokens) finder.append(token);
    return finder.propose(count);
  };

  test.each([
    [[1, 2, 3, 4, 5, 1, 2, 3], 2, [4, 5]],
    [[1, 2, 3, 4, 1, 2, 3, 7, 1, 2, 3], 1, [7]],
    [[1, 2, 3, 4, 1, 2, 3], 9, [4, 1, 2, 3]],
    [[1, 2, 3, 4, 5, 6], 3, []],
    [[1, 1], 3, []],
    [[5, 5, 5, 5], 2, [5]],
  ])('%j: %d tokens', (tokens, count, expected) => {
    expect(find(tokens, count)).toEqual(expected);
  });
});

describe('DraftGain', () => {
  test('drafts nothing before it knows what a step costs', () => {
    expect(new DraftGain().choose(8)).toBe(0);
  });

  test('drafts more where guesses are right, and less where they cost as much as steps', () => {
    const cheap = new DraftGain();
    cheap.observe(0, 10);
    for (let times = 0; times < 10; times++) {
      cheap.observe(4, 11);
      cheap.learn(4, 4);
    }
    expect(cheap.choose(8)).toBe(8);
    const dear = new DraftGain();
    dear.observe(0, 10);
    for (let times = 0; times < 10; times++) {
      dear.observe(4, 50);
      dear.learn(4, 4);
    }
    expect(dear.choose(8)).toBe(0);
  });

  test('tries again now and then', () => {
    const gain = new DraftGain();
    gain.observe(0, 10);
    for (let times = 0; times < 20; times++) gain.learn(2, 0);
    const chosen = Array.from({ length: 60 }, () => gain.choose(8));
    expect(chosen.filter((count) => count > 0)).toEqual([2, 2]);
  });
});
