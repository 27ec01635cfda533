import { defaultSampling, type GenerationEvent, type Prompt } from '#shared/domain/generation.ts';
import { isAppError, type AppError } from '#shared/errors/app-error.ts';
import type { GenerationTask, ResolvedLoadOptions } from '#main/engine-port/index.ts';

type Finish = Extract<GenerationEvent, { type: 'finish' }>;
type Start = Extract<GenerationEvent, { type: 'start' }>;

/** A small load for tests: two slots of 512 tokens on one thread. */
export const testLoadOptions: ResolvedLoadOptions = {
  contextSize: 512,
  slots: 2,
  threads: 1,
  gpu: 'off',
  gpuLayers: 0,
  batchSize: 128,
};

export interface TaskOptions {
  maxTokens?: number | null;
  stops?: string[];
  ignoreEnd?: boolean;
}

/** A greedy task; text is asked as a user message. */
export function task(
  prompt: string | Prompt,
  { maxTokens = null, stops = [], ignoreEnd = false }: TaskOptions = {},
): GenerationTask {
  return {
    prompt: typeof prompt === 'string' ? { type: 'chat', messages: [{ role: 'user', content: prompt }] } : prompt,
    sampling: { ...defaultSampling, temperature: 0 },
    maxTokens,
    program: { stops, ignoreEndOfGeneration: ignoreEnd },
  };
}

/** Reads to the end; `into` keeps what came before an error. */
export async function collect(
  events: AsyncIterable<GenerationEvent>,
  into: GenerationEvent[] = [],
  onEvent: (event: GenerationEvent) => void = () => undefined,
): Promise<GenerationEvent[]> {
  for await (const event of events) {
    into.push(event);
    onEvent(event);
  }
  return into;
}

export const never = (): AbortSignal => new AbortController().signal;

export function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

export function tokensOf(events: readonly GenerationEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'text-delta' ? event.tokens : []));
}

export function finishOf(events: readonly GenerationEvent[]): Finish {
  const finish = events.at(-1);
  if (finish?.type !== 'finish') throw new Error(`The last event is ${finish?.type ?? 'missing'}, not finish.`);
  return finish;
}

export function startOf(events: readonly GenerationEvent[]): Start {
  const start = events[0];
  if (start?.type !== 'start') throw new Error(`The first event is ${start?.type ?? 'missing'}, not start.`);
  return start;
}

/** The AppError a promise rejects with; fails when it resolves or rejects with anything else. */
export async function codeOf(promise: Promise<unknown>): Promise<AppError> {
  const outcome: unknown = await promise.then(
    () => new Error('It resolved.'),
    (error: unknown) => error,
  );
  if (!isAppError(outcome)) throw new Error('Expected an AppError.', { cause: outcome });
  return outcome;
}

/** Polls every few milliseconds, for at most 20 seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('The condition did not come true within 20 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
