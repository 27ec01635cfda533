import { onTestFinished } from 'vitest';
import { defaultSampling, type GenerationEvent, type Prompt, type Sampling } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { isAppError, type AppError } from '#shared/errors/app-error.ts';
import type { EngineInstance, GenerationTask, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { createLlamaEngine } from '#main/engines/llama-cpp/llama-engine.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

type Finish = Extract<GenerationEvent, { type: 'finish' }>;
type Start = Extract<GenerationEvent, { type: 'start' }>;

/** What one request gave. */
export interface Answer {
  text: string;
  tokens: number[];
  start: Start;
  finish: Finish;
}

export interface TaskOptions {
  maxTokens?: number | null;
  stops?: string[];
  /** Default: true, so that the length of an answer is the test's choice. */
  ignoreEnd?: boolean;
  /** Default: greedy. */
  sampling?: Partial<Sampling>;
}

const loadOptions: ResolvedLoadOptions = {
  contextSize: 512,
  slots: 4,
  threads: 1,
  gpu: 'off',
  gpuLayers: 0,
  batchSize: 128,
};

/** Starting the library takes far longer than loading a small model, so all tests of a file share one engine. */
const sharedEngine = createLlamaEngine({ placement: 'main' });

/** The GGUF engine of this process with one model, on one thread; disposed when the test ends. */
export async function loadLlama(
  path: string,
  options: Partial<ResolvedLoadOptions> = {},
  record: Partial<Pick<ModelRecord, 'sha256'>> = {},
): Promise<EngineInstance> {
  const instance = await sharedEngine.load(
    { model: makeModelRecord({ id: 'under-test', path, ...record }), options: { ...loadOptions, ...options } },
    { signal: never(), onProgress: () => undefined },
  );
  onTestFinished(() => instance.dispose());
  return instance;
}

/** A task on a prompt given as text, as token ids or in full. */
export function toTask(prompt: string | number[] | Prompt, options: TaskOptions = {}): GenerationTask {
  const { maxTokens = 16, stops = [], ignoreEnd = true, sampling = {} } = options;
  return {
    prompt: toPrompt(prompt),
    sampling: { ...defaultSampling, temperature: 0, ...sampling },
    maxTokens,
    program: { stops, ignoreEndOfGeneration: ignoreEnd },
  };
}

export async function ask(
  instance: EngineInstance,
  prompt: string | number[] | Prompt,
  options: TaskOptions = {},
): Promise<Answer> {
  return collectAnswer(instance.generate(toTask(prompt, options), never()));
}

export async function collectAnswer(events: AsyncIterable<GenerationEvent>): Promise<Answer> {
  let text = '';
  const tokens: number[] = [];
  let start: Start | undefined;
  let finish: Finish | undefined;
  for await (const event of events) {
    if (event.type === 'start') start = event;
    if (event.type === 'finish') finish = event;
    if (event.type !== 'text-delta') continue;
    text += event.text;
    tokens.push(...event.tokens);
  }
  if (!start || !finish) throw new Error('The answer has no start or no finish.');
  return { text, tokens, start, finish };
}

/** The AppError that the promise rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

function toPrompt(prompt: string | number[] | Prompt): Prompt {
  if (typeof prompt === 'string') return { type: 'text', text: prompt };
  return Array.isArray(prompt) ? { type: 'tokens', tokens: prompt } : prompt;
}
