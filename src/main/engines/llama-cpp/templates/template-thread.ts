import { Worker } from 'node:worker_threads';
import { AppError, type WireError } from '#shared/errors/app-error.ts';
import { Mutex } from '../../../base/index.ts';
import type { ChatFormatOptions, ChatRequest } from '../chat-format.ts';
import type { NativeTemplateOptions } from './native-template.ts';
import { createLimitError, defaultTemplateLimits, type TemplateLimits } from './template-limits.ts';

/** A model's own templates and the texts that they know. */
export type TemplateTexts = Pick<ChatFormatOptions, 'template' | 'toolTemplate' | 'beginText' | 'endText'>;

/** What the thread is asked; one question at a time, each with one answer. */
export type TemplateQuestion =
  | ({ type: 'open'; limits: TemplateLimits; native: NativeTemplateOptions | undefined } & TemplateTexts)
  | { type: 'warm-up' }
  | { type: 'render'; request: ChatRequest };
export type TemplateAnswer = { text: string } | { error: WireError };

export interface TemplateThreadOptions {
  texts: TemplateTexts;
  /** Absolute path of the module that the thread runs: `template-thread-entry.ts` or its build. */
  entry: string;
  /** llama.cpp's engine, which reads what ours cannot; absent: only ours. */
  native?: NativeTemplateOptions | undefined;
  limits?: TemplateLimits;
  /** How long native code may hold a thread that was stopped, in ms. Default: 5,000. */
  graceMs?: number;
  /** Native code holds a stopped thread: only the end of the process frees it. Told once for each such thread. */
  onStuck?: (error: AppError) => void;
}

const defaultGraceMs = 5000;
/** Memory by which the process may grow meanwhile. */
const stuckGrowthBytes = 1e9;
const watchIntervalMs = 50;

/**
 * Renders prompts beside the event loop: a template that takes too long, too much memory or ends its thread costs its
 * own request an error and nobody else a pause. The thread is started at once and again after it was stopped.
 */
export class TemplateThread {
  readonly #options: TemplateThreadOptions;
  readonly #limits: TemplateLimits;
  readonly #turn = new Mutex();
  #worker: Promise<Worker> | undefined;
  /** Threads that were stopped and have not ended: meanwhile no other one may run native code. */
  #stuckThreads = 0;
  #isDisposed = false;

  constructor(options: TemplateThreadOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultTemplateLimits;
    // Whatever is wrong shows at the first request.
    if (options.texts.template !== null)
      void this.#turn.run(() => this.#ask({ type: 'warm-up' })).catch(() => undefined);
  }

  /** Errors: `template-failed` with the template's own message or the limit that it met. */
  render(request: ChatRequest, signal?: AbortSignal): Promise<string> {
    return this.#turn.run(() => {
      if (signal?.aborted) throw new AppError('cancelled', 'The request was cancelled.');
      return this.#ask({ type: 'render', request });
    });
  }

  /** Ends the thread; requests that wait, and later ones, end with `cancelled`: what reads their text is freed next. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const worker = await this.#worker?.catch(() => undefined);
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #ask(question: TemplateQuestion): Promise<string> {
    if (this.#isDisposed) throw new AppError('cancelled', 'The model was unloaded.');
    const worker = await (this.#worker ??= this.#start());
    const { timeMs } = this.#limits;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      void this.#stop(worker);
      late.reject(createLimitError('timeMs', timeMs));
    }, timeMs);
    try {
      return await Promise.race([answerOf(worker, question, this.#limits), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #start(): Promise<Worker> {
    const { entry, texts } = this.#options;
    const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMb } });
    worker.unref();
    const forget = (): void => {
      this.#worker = undefined;
    };
    worker.once('error', forget);
    const native = this.#stuckThreads > 0 ? undefined : this.#options.native;
    await answerOf(worker, { type: 'open', ...texts, limits: this.#limits, native }, this.#limits);
    return worker;
  }

  /** Code in JavaScript ends at once; native code when it comes back. */
  async #stop(worker: Worker): Promise<void> {
    this.#worker = undefined;
    this.#stuckThreads++;
    const ended = worker.terminate();
    const { graceMs = defaultGraceMs } = this.#options;
    if (!(await endsInTime(ended, graceMs))) this.#options.onStuck?.(createStuckError());
    await ended;
    this.#stuckThreads--;
  }
}

/** Posts the question and waits for its answer or for the end of the thread. */
async function answerOf(worker: Worker, question: TemplateQuestion, { memoryMb }: TemplateLimits): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onMessage = (answer: TemplateAnswer): void => {
    if ('text' in answer) resolve(answer.text);
    else reject(AppError.fromWire(answer.error));
  };
  const onError = (error: Error & { code?: string }): void => {
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? createLimitError('memoryMb', memoryMb) : createThreadError(error),
    );
  };
  const onExit = (): void => reject(createThreadError(new Error('its thread ended')));
  worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  try {
    worker.postMessage(question);
    return await promise;
  } finally {
    worker.off('message', onMessage).off('error', onError).off('exit', onExit);
  }
}

/** False when the thread goes on too long or the process grows too much. */
async function endsInTime(ended: Promise<unknown>, graceMs: number): Promise<boolean> {
  const startedAt = performance.now();
  const memoryAtStart = process.memoryUsage.rss();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setInterval(() => {
    const grownBytes = process.memoryUsage.rss() - memoryAtStart;
    if (performance.now() - startedAt > graceMs || grownBytes > stuckGrowthBytes) resolve(false);
  }, watchIntervalMs);
  void ended.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

function createThreadError(cause: Error): AppError {
  return new AppError('template-failed', `The model's chat template could not be rendered: ${cause.message}.`, {
    hint: 'Send the whole prompt as text to /v1/completions.',
    cause,
  });
}

function createStuckError(): AppError {
  return new AppError('engine-stalled', "The model's chat template does not come back.", {
    hint: 'Send the whole prompt as text to /v1/completions, or use another file of the model.',
  });
}
