import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { abortable, type EventSource } from '../../base/index.ts';
import type {
  EmbedResult,
  EmbedTask,
  EngineInstance,
  GenerationTask,
  InstanceClosed,
  InstanceInfo,
  InstanceStats,
  RenderResult,
  RenderTask,
  RerankResult,
  RerankTask,
  TokenizeResult,
  TokenizeTask,
} from '../../engine-port/index.ts';
import { AnswerMaker } from './answer/index.ts';
import type { LoadedAdapters } from './adapters/loaded-adapters.ts';
import type { TextJobs } from './jobs/create-text-jobs.ts';
import type { NativeVocabulary } from './native-vocabulary.ts';
import { GenerationRun } from './generation-run.ts';
import type { EncodedPrompt, PromptEncoder } from './prompt-encoder.ts';
import { resolveSeed, type SamplerSettingsMaker } from './sampling.ts';
import { createOverflow } from './step-errors.ts';
import type { StepLoop } from './step-loop.ts';
import type { TokenPieces } from './token-pieces.ts';

export interface LlamaInstanceParts {
  info: InstanceInfo;
  loop: StepLoop;
  encoder: PromptEncoder;
  vocabulary: NativeVocabulary;
  pieces: TokenPieces;
  textJobs: TextJobs;
  adapters: LoadedAdapters;
  samplerSettings: SamplerSettingsMaker;
  /** Frees context and weights; called once, when no step runs any more. */
  free: () => Promise<void>;
  /** Monotonic clock in ms. */
  now: () => number;
}

/** How long after a load, or the last look, a moment counts as quiet, in ms. */
const quietMs = 1000;

/** A request in the loop; `end` is called once, when its reader is done or gone. */
interface StartedRun {
  run: GenerationRun;
  end: () => void;
}

/** One GGUF model in memory: checks a request, hands it to the step loop, frees everything at the end. */
export class LlamaInstance implements EngineInstance {
  readonly closed: Promise<InstanceClosed>;
  readonly #parts: LlamaInstanceParts;
  readonly #answers: AnswerMaker;
  readonly #close: (closed: InstanceClosed) => void;
  #disposing: Promise<void> | undefined;
  #preparing: NodeJS.Timeout | undefined;

  constructor(parts: LlamaInstanceParts) {
    this.#parts = parts;
    this.#answers = new AnswerMaker(parts);
    // In the main process a tenth of a second would hold up everything else.
    if (parts.info.placement === 'child' && parts.textJobs.writesText) this.#prepareWhenQuiet();
    const { promise, resolve } = Promise.withResolvers<InstanceClosed>();
    this.closed = promise;
    this.#close = resolve;
  }

  get info(): InstanceInfo {
    const { encoder } = this.#parts;
    const info = { ...this.#parts.info, canInfill: encoder.canInfill };
    if (!info.hasChatTemplate) return info;
    const { syntax, reasoning } = encoder.markers;
    return { ...info, toolSyntax: syntax.id, canReason: reasoning !== undefined };
  }

  generate(task: GenerationTask, signal: AbortSignal): EventSource<GenerationEvent> {
    const start = (): Promise<StartedRun> => this.#start(task, signal);
    return {
      async *[Symbol.asyncIterator]() {
        const { run, end } = await start();
        try {
          yield* run.events();
        } finally {
          end();
        }
      },
      async forEach(onEvent) {
        const { run, end } = await start();
        try {
          await run.forEachEvent(onEvent);
        } finally {
          end();
        }
      },
    };
  }

  async #start(task: GenerationTask, signal: AbortSignal): Promise<StartedRun> {
    const prompt = await this.#encode(task, signal);
    const { loop, info, encoder, pieces } = this.#parts;
    const seed = resolveSeed(task.sampling);
    const { run, unenforced } = this.#createRun(task, prompt, seed);
    const onAbort = (): void => {
      run.fail(createCancelled());
      loop.wake();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    // A refusal comes before `start`: pushing to a run that has failed does nothing.
    loop.submit(run);
    const { modelId, contextSize } = info;
    run.announce({
      ...{ type: 'start', model: modelId, promptTokens: run.prompt.length, contextSize, seed },
      ...(unenforced.length > 0 ? { unenforced } : {}),
    });
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      const tokens = Uint32Array.from(run.answerTokens);
      encoder.remember(prompt, { text: pieces.join(tokens), tokens });
    };
    return { run, end };
  }

  /** What the first answer bound by a grammar needs takes as long as some steps: it is made while nobody waits. */
  #prepareWhenQuiet(): void {
    const prepare = (): void => {
      const { waitingRequests, sequences } = this.#parts.loop.stats();
      const isQuiet = waitingRequests === 0 && sequences.every(({ state }) => state === 'idle');
      if (!isQuiet) return this.#prepareWhenQuiet();
      try {
        this.#answers.prepare(this.#parts.encoder.markers);
      } catch {
        // The first request that needs it hears what is wrong.
      }
    };
    this.#preparing = setTimeout(prepare, quietMs).unref();
  }

  async #encode({ prompt }: GenerationTask, signal: AbortSignal): Promise<EncodedPrompt> {
    this.#requireOpen();
    if (!this.#parts.textJobs.writesText) throw createNoWriter();
    const encoded = await this.#whileOpen(abortable(this.#parts.encoder.encode(prompt, signal), signal));
    // Meanwhile the model may have been unloaded, or the client gone.
    this.#requireOpen();
    if (signal.aborted) throw createCancelled();
    return encoded;
  }

  /** What fails because the model is being unloaded says so: its template's thread ends first. */
  async #whileOpen<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.#requireOpen();
      throw error;
    }
  }

  async tokenize({ prompt, addSpecial }: TokenizeTask): Promise<TokenizeResult> {
    this.#requireOpen();
    const tokens = await this.#whileOpen(this.#parts.encoder.tokenize(prompt, addSpecial));
    const pieces = Array.from(tokens, (token) => {
      const { text, bytes } = this.#parts.pieces.written(token);
      return text ?? Array.from(bytes);
    });
    return { tokens: Array.from(tokens), pieces };
  }

  async render({ prompt }: RenderTask): Promise<RenderResult> {
    this.#requireOpen();
    const { encoder, pieces } = this.#parts;
    const { text, tokens, isChat } = await this.#whileOpen(encoder.encode(prompt));
    return { text: isChat ? text : pieces.join(tokens), tokenCount: tokens.length };
  }

  async detokenize(tokens: number[]): Promise<string> {
    this.#requireOpen();
    return this.#parts.pieces.join(this.#parts.encoder.checkTokens(tokens));
  }

  async stats(): Promise<InstanceStats> {
    return this.#parts.loop.stats();
  }

  async embed(task: EmbedTask, signal: AbortSignal): Promise<EmbedResult> {
    this.#requireOpen();
    return this.#parts.textJobs.embedder.embed(task, signal);
  }

  async rerank(task: RerankTask, signal: AbortSignal): Promise<RerankResult> {
    this.#requireOpen();
    return this.#parts.textJobs.ranker.rank(task, signal);
  }

  async forgetState(): Promise<void> {
    await this.#parts.loop.forgetState();
  }

  dispose(): Promise<void> {
    return (this.#disposing ??= this.#dispose());
  }

  /** Tells everyone that this instance is lost: native code in it hangs. */
  giveUp({ message }: AppError): void {
    this.#close({ reason: 'crashed', message });
  }

  async #dispose(): Promise<void> {
    const { info, loop, textJobs, free } = this.#parts;
    clearTimeout(this.#preparing);
    const isQuiet = await loop.stop(new AppError('cancelled', `The model ${info.modelId} was unloaded.`));
    try {
      await textJobs.dispose();
      // A step that hangs still uses the memory: it is left to the end of the process.
      if (isQuiet) await free();
    } finally {
      this.#close({ reason: 'disposed' });
    }
  }

  /** Everything that can be wrong with a request is found here, before it takes a place in the queue. */
  #createRun(task: GenerationTask, prompt: EncodedPrompt, seed: number): { run: GenerationRun; unenforced: string[] } {
    const { encoder, info, vocabulary, pieces, loop, now, adapters } = this.#parts;
    const promptTokens = prompt.tokens.length;
    const { contextSize } = loop.bounds(promptTokens + (task.maxTokens ?? info.contextSize)) ?? info;
    const room = contextSize - promptTokens;
    if (room < 0 || (room === 0 && task.maxTokens !== 0)) {
      const { maxTokens } = task;
      throw createOverflow({
        promptTokens,
        contextSize,
        maxTokens,
        grownContextSize: info.contextSize,
        parts: prompt.parts,
      });
    }
    const { unenforced, ...parts } = this.#answers.make(task, prompt, seed);
    const run = new GenerationRun({
      ...parts,
      prompt: prompt.tokens,
      tokenLimit: Math.min(task.maxTokens ?? room, room),
      limitReason: task.maxTokens === null || task.maxTokens > room ? 'context-full' : 'max-tokens',
      program: task.program,
      adapters: adapters.choose(task.adapters),
      resumeTokens: task.resumeTokens && encoder.checkTokens(task.resumeTokens),
      pieces,
      isEndOfGeneration: (token) => vocabulary.isEndOfGeneration(token),
      onReaderChange: () => loop.wake(),
      now,
    });
    return { run, unenforced };
  }

  #requireOpen(): void {
    if (!this.#disposing) return;
    throw new AppError('cancelled', `The model ${this.#parts.info.modelId} was unloaded.`, {
      hint: 'Load the model again.',
    });
  }
}

function createNoWriter(): AppError {
  return new AppError('capability-missing', 'This model writes no text: it places or scores texts.', {
    hint: 'Use it at /v1/embeddings or /v1/rerank, or choose a model made for chat or completion.',
    data: { param: 'model' },
  });
}

function createCancelled(): AppError {
  return new AppError('cancelled', 'The request was cancelled.');
}
