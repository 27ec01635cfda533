import { describe, expect, test } from 'vitest';
import { defaultSampling, type GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { EngineInstance, GenerationTask } from '#main/engine-port/index.ts';
import { generateResumably } from '#main/inference/resume-stream.ts';

const task: GenerationTask = {
  prompt: { type: 'text', text: 'p' },
  sampling: defaultSampling,
  maxTokens: null,
  program: { stops: [], ignoreEndOfGeneration: false },
};

const start: GenerationEvent = { type: 'start', model: 'm', promptTokens: 1, contextSize: 64, seed: 1 };
const finish: GenerationEvent = {
  type: 'finish',
  reason: 'tool-calls',
  rawReason: 'eog',
  usage: { promptTokens: 1, cachedTokens: 0, completionTokens: 9 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
};
const rate = (token: number) => ({ token, bytes: [token], logprob: -token, top: [] });

/** One answer, said in the pieces of its first engine; later engines cut it differently. */
const answer: GenerationEvent[] = [
  start,
  { type: 'prefill-progress', processedTokens: 1, totalTokens: 1, cachedTokens: 0 },
  { type: 'reasoning-delta', text: 'hm ', tokens: [1] },
  { type: 'reasoning-delta', text: 'so', tokens: [2] },
  { type: 'text-delta', text: 'Hello', tokens: [3], probabilities: [rate(3)] },
  { type: 'text-delta', text: ' world', tokens: [4, 5], probabilities: [rate(4), rate(5)] },
  { type: 'tool-call-start', index: 0, id: 'call_1', name: 'f', tokens: [6] },
  { type: 'tool-call-delta', index: 0, arguments: '{"a":', tokens: [7] },
  { type: 'tool-call-delta', index: 0, arguments: ' 1}', tokens: [8] },
  { type: 'tool-call-end', index: 0, tokens: [9] },
  finish,
];

/** The same answer as an engine tells it that was given its first tokens: in larger pieces, with another call id. */
const toldAgain: GenerationEvent[] = [
  start,
  { type: 'prefill-progress', processedTokens: 1, totalTokens: 1, cachedTokens: 0 },
  { type: 'reasoning-delta', text: 'hm so', tokens: [1, 2] },
  { type: 'text-delta', text: 'Hello world', tokens: [3, 4, 5], probabilities: [rate(3), rate(4), rate(5)] },
  { type: 'tool-call-start', index: 0, id: 'call_2', name: 'f', tokens: [6] },
  { type: 'tool-call-delta', index: 0, arguments: '{"a": 1}', tokens: [7, 8] },
  { type: 'tool-call-end', index: 0, tokens: [9] },
  finish,
];

function createInstance(events: readonly GenerationEvent[], dieAfter: number, tasks: GenerationTask[]): EngineInstance {
  let close: (closed: { reason: 'crashed'; message: string }) => void = () => undefined;
  const closed = new Promise<{ reason: 'crashed'; message: string }>((resolve) => (close = resolve));
  return {
    closed,
    async *generate(given: GenerationTask) {
      tasks.push(given);
      for (const [index, event] of events.entries()) {
        if (index === dieAfter) {
          close({ reason: 'crashed', message: 'killed' });
          throw new AppError('engine-crashed', 'killed');
        }
        yield event;
      }
    },
  } as unknown as EngineInstance;
}

interface Told {
  reasoning: string;
  text: string;
  calls: string;
  tokens: number[];
  rated: number[];
  types: string[];
}

function tell(events: readonly GenerationEvent[]): Told {
  const told: Told = { reasoning: '', text: '', calls: '', tokens: [], rated: [], types: [] };
  for (const event of events) {
    if (event.type === 'reasoning-delta') told.reasoning += event.text;
    if (event.type === 'text-delta') {
      told.text += event.text;
      told.rated.push(...(event.probabilities ?? []).map(({ token }) => token));
    }
    if (event.type === 'reasoning-delta' || event.type === 'text-delta') told.tokens.push(...event.tokens);
    if (event.type === 'tool-call-start') told.calls += `${event.id}(${event.name})`;
    if (event.type === 'tool-call-delta') told.calls += event.arguments;
    if (event.type === 'tool-call-end') told.calls += ';';
    if (['start', 'finish'].includes(event.type)) told.types.push(event.type);
  }
  return told;
}

async function run(instances: EngineInstance[], shortWay: boolean): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = [];
  const source = generateResumably({
    obtain: async () => instances.shift() ?? Promise.reject(new AppError('model-quarantined', 'no more')),
    task,
    signal: new AbortController().signal,
    onResume: () => undefined,
  });
  if (shortWay) {
    await source.forEach((event) => {
      events.push(event);
      return undefined;
    });
  } else for await (const event of source) events.push(event);
  return events;
}

describe('an answer whose engine dies', () => {
  const cuts = answer.map((_, index) => index).slice(1);

  test.each(
    cuts.flatMap((cut) => [
      { cut, shortWay: false },
      { cut, shortWay: true },
    ]),
  )(
    'after $cut events is told to the end, nothing twice and nothing missing (short way: $shortWay)',
    async ({ cut, shortWay }) => {
      const tasks: GenerationTask[] = [];
      const instances = [createInstance(answer, cut, tasks), createInstance(toldAgain, Infinity, tasks)];
      const told = tell(await run(instances, shortWay));
      const whole = tell(answer);
      expect({ ...told, calls: told.calls.replace('call_2', 'call_1') }).toEqual(whole);
      const sent = answer.slice(0, cut).flatMap((event) => ('tokens' in event ? (event.tokens ?? []) : []));
      expect(tasks[1]?.resumeTokens ?? []).toEqual(sent);
    },
  );

  test('and whose next engines die too is given up after three of them', async () => {
    const tasks: GenerationTask[] = [];
    const instances = [1, 2, 3, 4, 5].map(() => createInstance(answer, 5, tasks));
    await expect(run(instances, false)).rejects.toMatchObject({ code: 'engine-crashed' });
    expect(tasks).toHaveLength(4);
  });

  test('before its start is not tried again: the request may be what kills it', async () => {
    const tasks: GenerationTask[] = [];
    await expect(
      run([createInstance(answer, 0, tasks), createInstance(answer, 99, tasks)], true),
    ).rejects.toMatchObject({
      code: 'engine-crashed',
    });
    expect(tasks).toHaveLength(1);
  });

  test('inside a call whose tokens nobody knows ends with the error', async () => {
    const bare = answer.map((event) => (event.type.startsWith('tool-call') ? { ...event, tokens: undefined } : event));
    const instances = [createInstance(bare as GenerationEvent[], 8, []), createInstance(toldAgain, Infinity, [])];
    await expect(run(instances, false)).rejects.toMatchObject({ code: 'engine-crashed' });
  });

  test('what the reader itself throws is not taken for a death', async () => {
    const source = generateResumably({
      obtain: async () => createInstance(answer, Infinity, []),
      task,
      signal: new AbortController().signal,
      onResume: () => undefined,
    });
    const thrown = new AppError('engine-crashed', 'the socket says so');
    await expect(
      source.forEach(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
  });
});
