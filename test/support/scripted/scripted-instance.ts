import type { GenerationEvent, Prompt } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type {
  EmbedResult,
  EmbedTask,
  EngineInstance,
  GenerationTask,
  InstanceClosed,
  InstanceInfo,
  InstanceStats,
  LoadRequest,
  RenderResult,
  RenderTask,
  RerankResult,
  RerankTask,
  TokenizeResult,
  TokenizeTask,
} from '#main/engine-port/index.ts';
import type { ScriptedEngineOptions } from '../scripted-engine.ts';
import { beginToken, FakeTokenizer } from './fake-tokenizer.ts';
import { chooseScript, renderPrompt, renderSettings, withoutPrefill, type ScriptPart } from './script.ts';
import { ScriptedStream, type AnswerToken, type ScriptedSlot } from './scripted-stream.ts';

/** One "loaded" scripted model: a step loop over slots that says one token per running stream and step. */
export class ScriptedInstance implements EngineInstance {
  readonly info: InstanceInfo;
  readonly closed: Promise<InstanceClosed>;

  readonly #options: ScriptedEngineOptions;
  readonly #batchSize: number;
  readonly #tokenizer = new FakeTokenizer();
  readonly #slots: ScriptedSlot[];
  readonly #waiting: ScriptedStream[] = [];
  readonly #counters = { steps: 0, prefillTokens: 0, reusedTokens: 0, generatedTokens: 0 };
  readonly #batchHistogram: Record<string, number> = {};
  #resolveClosed: (closed: InstanceClosed) => void = () => undefined;
  #end: AppError | undefined;
  #isPumping = false;
  #permits = 0;
  #onPermit: (() => void) | undefined;

  constructor({ model, options: load }: LoadRequest, options: ScriptedEngineOptions) {
    this.#options = options;
    this.#batchSize = load.batchSize;
    this.#slots = Array.from({ length: load.slots }, (_, id) => ({ id, held: [], lastUsedStep: 0, stream: undefined }));
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.info = {
      modelId: model.id,
      engine: options.id ?? 'scripted',
      placement: options.placement ?? 'main',
      pid: process.pid,
      device: 'cpu',
      contextSize: load.contextSize,
      slots: load.slots,
      threads: load.threads,
      memory: { modelBytes: model.sizeBytes, contextBytes: load.contextSize * load.slots * 16 },
      hasChatTemplate: true,
    };
  }

  /** A request runs or waits. */
  get isBusy(): boolean {
    return this.#hasWork();
  }

  async *generate(task: GenerationTask, signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    if (signal.aborted) throw cancelled();
    const stream = this.#admit(task);
    const abort = (): void => this.#drop(stream, cancelled());
    signal.addEventListener('abort', abort, { once: true });
    try {
      yield* stream.queue;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async tokenize({ prompt, addSpecial }: TokenizeTask): Promise<TokenizeResult> {
    this.#requireAlive();
    const tokens = this.#toTokens(prompt, addSpecial);
    return { tokens, pieces: tokens.map((token) => this.#tokenizer.pieceOf(token)) };
  }

  async render({ prompt }: RenderTask): Promise<RenderResult> {
    this.#requireAlive();
    if (prompt.type === 'tokens') {
      return { text: this.#tokenizer.detokenize(prompt.tokens), tokenCount: prompt.tokens.length };
    }
    const text = renderSettings(prompt) + renderPrompt(prompt);
    return { text, tokenCount: this.#tokenizer.tokenize(text).length + 1 };
  }

  async detokenize(tokens: number[]): Promise<string> {
    this.#requireAlive();
    return this.#tokenizer.detokenize(tokens);
  }

  async stats(): Promise<InstanceStats> {
    this.#requireAlive();
    return {
      ...this.#counters,
      batchHistogram: { ...this.#batchHistogram },
      waitingRequests: this.#waiting.length,
      sequences: this.#slots.map(({ id, held, stream }) => ({
        id,
        state: !stream ? 'idle' : stream.remainingPrompt > 0 ? 'prefill' : 'decode',
        heldTokens: held.length,
      })),
    };
  }

  /** Counts the letters of an input: texts that are alike have vectors that are alike. */
  async embed({ inputs }: EmbedTask): Promise<EmbedResult> {
    this.#requireAlive();
    const tokens = inputs.map((input) => (typeof input === 'string' ? this.#tokenizer.tokenize(input) : input));
    const { contextSize } = this.info;
    const tooLong = tokens.findIndex(({ length }) => length > contextSize);
    if (tooLong !== -1) {
      throw new AppError('context-overflow', `Input ${tooLong} is too long.`, {
        data: { param: `input[${tooLong}]`, promptTokens: tokens[tooLong]?.length, contextSize },
      });
    }
    return {
      vectors: tokens.map((ids) => countLetters(this.#tokenizer.detokenize(ids))),
      tokenCounts: tokens.map(({ length }) => length),
    };
  }

  /** Counts the words of the query that a document holds. */
  async rerank({ query, documents }: RerankTask): Promise<RerankResult> {
    this.#requireAlive();
    if (this.#options.isRanker === false) throw new AppError('capability-missing', 'This model scores no documents.');
    const words = query.split(' ');
    return {
      scores: documents.map((document) => words.filter((word) => document.includes(word)).length - 1),
      tokenCounts: documents.map((document) => this.#tokenizer.tokenize(`${query} ${document}`).length),
      areProbabilities: false,
    };
  }

  async forgetState(): Promise<void> {
    this.#requireAlive();
    for (const slot of this.#slots) if (!slot.stream) slot.held = [];
  }

  async dispose(): Promise<void> {
    this.#close({ reason: 'disposed' }, new AppError('cancelled', `${this.info.modelId} was unloaded.`));
  }

  /** The engine dies: every stream throws `engine-crashed`, `closed` says so. */
  crash(message = 'The scripted engine died.'): void {
    const error = new AppError('engine-crashed', message, { hint: 'Send the request again.' });
    this.#close({ reason: 'crashed', message }, error);
  }

  /** With manual pacing: one more step may run. */
  permitStep(): void {
    this.#permits++;
    this.#onPermit?.();
  }

  #admit(task: GenerationTask): ScriptedStream {
    this.#requireAlive();
    const rendered = task.prompt.type === 'tokens' ? '' : renderPrompt(task.prompt);
    const promptTokens = this.#toTokens(task.prompt, true);
    this.#checkFits(promptTokens.length, task.maxTokens);
    const command = this.#options.commandFor?.(task, this.info.modelId);
    const { parts, ending } = chooseScript(
      command === undefined ? task : { ...task, prompt: { type: 'text', text: command } },
      task.prompt.type === 'tokens' ? this.#tokenizer.detokenize(task.prompt.tokens) : rendered,
      this.#options.answers ?? {},
    );
    if (ending.kind === 'fail' && parts.length === 0) throw scriptedFailure(ending.code, this.#options.failureData);
    const stream: ScriptedStream = new ScriptedStream({
      task,
      promptTokens,
      answer: withoutPrefill(parts, task.prompt).flatMap((part, index) => toAnswerTokens(this.#tokenizer, part, index)),
      pieceOf: (token) => this.#tokenizer.pieceOf(token),
      ending,
      contextSize: this.info.contextSize,
      onReturn: () => {
        // An error costs more than the rest of a short answer.
        if (!stream.isDone) this.#drop(stream, cancelled());
      },
    });
    stream.queue.push({
      type: 'start',
      model: this.info.modelId,
      promptTokens: promptTokens.length,
      contextSize: this.info.contextSize,
      seed: task.sampling.seed ?? Math.floor(Math.random() * 2 ** 32),
    });
    this.#waiting.push(stream);
    void this.#pump();
    return stream;
  }

  #checkFits(promptTokens: number, maxTokens: number | null): void {
    const { contextSize } = this.info;
    if (promptTokens < contextSize || (promptTokens === contextSize && maxTokens === 0)) return;
    throw new AppError(
      'context-overflow',
      `The prompt has ${promptTokens} tokens; the context of ${this.info.modelId} holds ${contextSize}.`,
      {
        hint: 'Shorten the prompt or load the model with a larger context.',
        data: { promptTokens, contextSize, maxTokens },
      },
    );
  }

  #toTokens(prompt: Prompt, addSpecial: boolean): number[] {
    if (prompt.type === 'tokens') return prompt.tokens;
    const tokens = this.#tokenizer.tokenize(renderPrompt(prompt));
    return addSpecial ? [beginToken, ...tokens] : tokens;
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#hasWork()) {
      await this.#nextTurn();
      if (!this.#end) this.#step();
    }
    this.#isPumping = false;
  }

  #hasWork(): boolean {
    return !this.#end && (this.#waiting.length > 0 || this.#slots.some(({ stream }) => stream !== undefined));
  }

  async #nextTurn(): Promise<void> {
    const pace = this.#options.msPerToken ?? 0;
    if (pace === 'manual') {
      while (this.#permits === 0 && !this.#end) await new Promise<void>((resolve) => (this.#onPermit = resolve));
      this.#permits--;
      return;
    }
    const isIdle = this.#slots.every(({ stream }) => !stream || isStuck(stream)) && this.#waiting.length === 0;
    const delay = isIdle ? Math.max(5, pace) : pace;
    await new Promise<void>((resolve) => (delay === 0 ? setImmediate(resolve) : setTimeout(resolve, delay)));
  }

  #step(): void {
    this.#fillSlots();
    let budget = this.#batchSize;
    let batch = 0;
    for (const slot of this.#slots) {
      const { stream } = slot;
      if (!stream || isStuck(stream)) continue;
      slot.lastUsedStep = this.#counters.steps;
      const taken = stream.remainingPrompt > 0 ? this.#prefill(stream, budget) : this.#decode(stream);
      budget -= taken;
      batch += taken;
      if (stream.isDone) slot.stream = undefined;
      if (this.#end) return;
    }
    if (batch === 0) return;
    this.#counters.steps++;
    this.#batchHistogram[batch] = (this.#batchHistogram[batch] ?? 0) + 1;
  }

  #prefill(stream: ScriptedStream, budget: number): number {
    const taken = stream.prefill(Math.max(1, budget));
    this.#counters.prefillTokens += taken;
    return taken;
  }

  #decode(stream: ScriptedStream): number {
    if (stream.hasAnswerLeft) {
      stream.sayNext();
      this.#counters.generatedTokens++;
      return 1;
    }
    this.#endAnswer(stream);
    return 0;
  }

  #endAnswer(stream: ScriptedStream): void {
    const { ending } = stream;
    switch (ending.kind) {
      case 'end':
        return stream.endOfAnswer();
      case 'fail':
        return stream.fail(scriptedFailure(ending.code));
      case 'crash':
        if (!this.#options.onCrash) return this.crash();
        return this.#options.onCrash();
      case 'freeze':
        return this.#options.onFreeze?.();
      case 'hang':
        return;
      default:
        ending satisfies never;
    }
  }

  #fillSlots(): void {
    while (this.#waiting.length > 0) {
      const stream = this.#waiting[0];
      const free = this.#slots.filter((slot) => slot.stream === undefined);
      const slot = stream && chooseSlot(free, stream.promptTokens);
      if (!stream || !slot) return;
      this.#waiting.shift();
      const cached = Math.min(commonLength(slot.held, stream.promptTokens), stream.promptTokens.length - 1);
      slot.held.length = Math.max(0, cached);
      slot.stream = stream;
      this.#counters.reusedTokens += Math.max(0, cached);
      stream.begin(slot, Math.max(0, cached));
    }
  }

  #drop(stream: ScriptedStream, error: AppError): void {
    if (stream.isDone) return;
    stream.fail(error);
    const place = this.#waiting.indexOf(stream);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (stream.slot?.stream === stream) stream.slot.stream = undefined;
  }

  #close(closed: InstanceClosed, error: AppError): void {
    if (this.#end) return;
    this.#end = error;
    for (const stream of this.#waiting.splice(0)) stream.fail(error);
    for (const slot of this.#slots) {
      slot.stream?.fail(error);
      slot.stream = undefined;
    }
    this.#onPermit?.();
    this.#resolveClosed(closed);
  }

  #requireAlive(): void {
    if (this.#end) throw this.#end;
  }
}

/** A call without arguments still takes one token. */
function toAnswerTokens(tokenizer: FakeTokenizer, part: ScriptPart, index: number): AnswerToken[] {
  const text = part.kind === 'call' ? part.arguments || '{}' : part.text;
  const tokens = tokenizer.tokenize(text).map((token) => ({ token, text: tokenizer.pieceOf(token) }));
  return tokens.map(({ token, text: piece }, place) => ({
    token,
    text: part.kind === 'call' && part.arguments === '' ? '' : piece,
    part: index,
    kind: part.kind,
    ...(part.kind === 'call' && place === 0 ? { callName: part.name } : {}),
    isLastOfPart: place === tokens.length - 1,
  }));
}

/** Nothing to do for this stream in a step: its reader is slow, or its script hangs. */
function isStuck(stream: ScriptedStream): boolean {
  if (stream.isPaused) return true;
  return stream.ending.kind === 'hang' && stream.remainingPrompt === 0 && !stream.hasAnswerLeft;
}

/** The free slot with the longest common start, else the one unused for longest. */
function chooseSlot(free: readonly ScriptedSlot[], prompt: readonly number[]): ScriptedSlot | undefined {
  return [...free].sort(
    (a, b) => commonLength(b.held, prompt) - commonLength(a.held, prompt) || a.lastUsedStep - b.lastUsedStep,
  )[0];
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function cancelled(): AppError {
  return new AppError('cancelled', 'The request was cancelled.');
}

function scriptedFailure(code: ConstructorParameters<typeof AppError>[0], data?: Record<string, unknown>): AppError {
  return new AppError(code, `The script asked for the error ${code}.`, { data });
}

/** Eight numbers, of length 1. */
function countLetters(text: string): number[] {
  const counts = [1, 0, 0, 0, 0, 0, 0, 0];
  for (const letter of text) {
    const place = (letter.codePointAt(0) ?? 0) % counts.length;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const length = Math.hypot(...counts);
  return counts.map((count) => count / length);
}
