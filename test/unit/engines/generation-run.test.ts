import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { GenerationRun, type GenerationRunOptions, type TokenRater } from '#main/engines/llama-cpp/generation-run.ts';

const pieces = {
  ofAnswer: (token: number) => ({ bytes: new TextEncoder().encode(`${token},`), text: `${token},` }),
} as unknown as GenerationRunOptions['pieces'];
const scores = new Float32Array(4);
const rater: TokenRater = { rate: (given, token) => ({ token, bytes: [], logprob: given[0] ?? 0, top: [] }) };

function createRun(options: Partial<GenerationRunOptions> = {}): GenerationRun {
  const run = new GenerationRun({
    prompt: Uint32Array.of(1, 2, 3),
    tokenLimit: 8,
    limitReason: 'max-tokens',
    program: { stops: [], ignoreEndOfGeneration: false },
    chooser: { choose: () => 7 },
    pieces,
    isEndOfGeneration: (token) => token === 99,
    onReaderChange: () => undefined,
    now: () => 0,
    ...options,
  });
  run.begin(0);
  return run;
}

/** Chooses 7, then 8, … with these tokens forced behind the first choice. */
function createChooser(forced: number[]): GenerationRunOptions['chooser'] & { accepted: number[] } {
  const accepted: number[] = [];
  let next = 7;
  return {
    accepted,
    choose: () => next++,
    accept: (token) => void accepted.push(token),
    takeForced: () => (accepted.length > 0 ? forced.shift() : undefined),
    get mustEnd() {
      return accepted.at(-1) === 42;
    },
  };
}

async function drain(run: GenerationRun): Promise<GenerationEvent[]> {
  const all: GenerationEvent[] = [];
  for await (const event of run.events()) all.push(event);
  return all;
}

const tokensOf = (events: GenerationEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'text-delta' ? event.tokens : []));

describe('GenerationRun', () => {
  test('forced tokens come with the chosen one, are computed together and count', async () => {
    const chooser = createChooser([20, 21, 22]);
    const run = createRun({ chooser, tokenLimit: 5 });
    expect(run.takePart(3)).toMatchObject({ scoreCount: 1 });
    run.advance(3);
    run.takeScores(scores);
    expect(run.pendingTokens).toBe(4);
    expect(run.takePart(3)).toEqual({ tokens: Uint32Array.of(7, 20, 21), scoreCount: 0 });
    run.advance(3);
    expect(run.takePart(3)).toEqual({ tokens: Uint32Array.of(22), scoreCount: 1 });
    run.advance(1);
    run.takeScores(scores);
    const events = await drain(run);
    expect(tokensOf(events)).toEqual([7, 20, 21, 22, 8]);
    expect(chooser.accepted).toEqual([7, 20, 21, 22, 8]);
    expect(events.at(-1)).toMatchObject({ reason: 'length', usage: { completionTokens: 5 } });
  });

  test('a limit or a stop text within forced tokens ends the answer there', async () => {
    const short = createRun({ chooser: createChooser([20, 21, 22]), tokenLimit: 2 });
    short.advance(3);
    short.takeScores(scores);
    expect(tokensOf(await drain(short))).toEqual([7, 20]);
    const program = { stops: ['20,21'], ignoreEndOfGeneration: false };
    const stopped = createRun({ chooser: createChooser([20, 21, 22]), program });
    stopped.advance(3);
    stopped.takeScores(scores);
    const events = await drain(stopped);
    expect(events.at(-1)).toMatchObject({ reason: 'stop', stopText: '20,21', usage: { completionTokens: 3 } });
  });

  test('an answer that must end ends without another choice', async () => {
    const run = createRun({ chooser: createChooser([42, 43]) });
    run.advance(3);
    run.takeScores(scores);
    const events = await drain(run);
    expect(tokensOf(events)).toEqual([7, 42]);
    expect(events.at(-1)).toMatchObject({ reason: 'stop', rawReason: 'grammar-end' });
  });

  test('tokens whose probabilities are wanted are computed one by one, forced or not', async () => {
    const run = createRun({ chooser: createChooser([20]), tokenRater: rater, tokenLimit: 2 });
    run.advance(3);
    run.takeScores(Float32Array.of(-1));
    expect(run.pendingTokens).toBe(1);
    run.advance(1);
    run.takeScores(Float32Array.of(-2));
    const events = await drain(run);
    const rated = events.flatMap((event) => (event.type === 'text-delta' ? (event.probabilities ?? []) : []));
    expect(rated.map(({ token, logprob }) => [token, logprob])).toEqual([
      [7, -1],
      [20, -2],
    ]);
  });

  test('the scores of a prompt rate each token after the first; those of the last choose', async () => {
    const run = createRun({ promptRater: rater, tokenLimit: 1 });
    expect(run.mayReuse).toBe(false);
    expect(run.takePart(2)).toEqual({ tokens: Uint32Array.of(1, 2), scoreCount: 2 });
    run.advance(2);
    run.takeScores(Float32Array.of(-1));
    run.takeScores(Float32Array.of(-2));
    expect(run.takePart(2)).toEqual({ tokens: Uint32Array.of(3), scoreCount: 1 });
    run.advance(1);
    run.takeScores(scores);
    const events = await drain(run);
    const types = events.map(({ type }) => type);
    expect(types).toEqual(['prefill-progress', 'prefill-progress', 'prompt-probabilities', 'text-delta', 'finish']);
    const rated = events.find((event) => event.type === 'prompt-probabilities')?.probabilities;
    expect(rated?.map(({ token, logprob }) => [token, logprob])).toEqual([
      [2, -1],
      [3, -2],
    ]);
  });

  test('a request that only rates its prompt ends with it', async () => {
    const run = createRun({ promptRater: rater, tokenLimit: 0 });
    run.advance(3);
    for (let token = 0; token < 3; token++) run.takeScores(Float32Array.of(-token));
    const events = await drain(run);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length', usage: { completionTokens: 0 } });
    expect(events.filter(({ type }) => type === 'prompt-probabilities')).toHaveLength(1);
  });
});
