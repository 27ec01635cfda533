import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import { EventQueue } from '#main/base/index.ts';
import { StopDetector } from '#main/decoding/index.ts';
import type { GenerationTask } from '#main/engine-port/index.ts';
import { rateTokens } from './fake-probabilities.ts';
import type { Script, ScriptPart } from './script.ts';

/** What one slot remembers: the tokens whose state it holds. */
export interface ScriptedSlot {
  id: number;
  held: number[];
  lastUsedStep: number;
  stream: ScriptedStream | undefined;
}

/** One token of an answer, with the part of the script it comes from. */
export interface AnswerToken {
  token: number;
  text: string;
  part: number;
  kind: ScriptPart['kind'];
  /** On the first token of a call. */
  callName?: string;
  isLastOfPart: boolean;
}

export interface ScriptedStreamOptions {
  task: GenerationTask;
  promptTokens: number[];
  /** Tokens of the answer with their texts, in order. */
  answer: AnswerToken[];
  pieceOf: (token: number) => string;
  ending: Script['ending'];
  contextSize: number;
  onReturn: () => void;
}

/** More unread events than this pause the stream. */
const unreadLimit = 256;

/** One request on its way: waiting, then prefill, then decode, then done. */
export class ScriptedStream {
  readonly queue: EventQueue<GenerationEvent>;
  readonly promptTokens: readonly number[];
  readonly ending: Script['ending'];
  slot: ScriptedSlot | undefined;
  isDone = false;
  /** Prompt tokens not yet in the slot. */
  remainingPrompt = 0;
  completionTokens = 0;

  readonly #options: ScriptedStreamOptions;
  readonly #detector: StopDetector;
  readonly #arrivedAt = performance.now();
  #startedAt = 0;
  #decodeAt = 0;
  #cachedTokens = 0;
  #heldTokens: number[] = [];
  #calls = 0;

  constructor(options: ScriptedStreamOptions) {
    this.#options = options;
    this.promptTokens = options.promptTokens;
    this.ending = options.ending;
    this.queue = new EventQueue(options.onReturn);
    this.#detector = new StopDetector(options.task.program.stops);
  }

  get isPaused(): boolean {
    return this.queue.size >= unreadLimit;
  }

  get hasAnswerLeft(): boolean {
    return this.completionTokens < this.#options.answer.length || this.#repeats;
  }

  get #repeats(): boolean {
    return this.#options.task.program.ignoreEndOfGeneration && this.#options.answer.length > 0;
  }

  /** Takes the slot; `cachedTokens` of the prompt are in it already. */
  begin(slot: ScriptedSlot, cachedTokens: number): void {
    this.slot = slot;
    this.#startedAt = performance.now();
    this.#cachedTokens = cachedTokens;
    this.remainingPrompt = this.promptTokens.length - cachedTokens;
  }

  /** Moves up to `count` prompt tokens into the slot; returns how many. */
  prefill(count: number): number {
    const processed = this.promptTokens.length - this.remainingPrompt;
    const taken = Math.min(count, this.remainingPrompt);
    this.slot?.held.push(...this.promptTokens.slice(processed, processed + taken));
    this.remainingPrompt -= taken;
    this.queue.push({
      type: 'prefill-progress',
      processedTokens: processed + taken,
      totalTokens: this.promptTokens.length,
      cachedTokens: this.#cachedTokens,
    });
    if (this.remainingPrompt === 0) {
      this.#decodeAt = performance.now();
      this.#ratePrompt();
      if (this.#options.task.maxTokens === 0) this.#finish('length', 'max-tokens');
    }
    return taken;
  }

  /** Says the next token of the answer. */
  sayNext(): void {
    const { answer, task } = this.#options;
    const next = answer[this.completionTokens % answer.length];
    if (!next) return this.#finish('stop', 'eog');
    this.completionTokens++;
    this.slot?.held.push(next.token);
    const stop = this.#say(next);
    if (stop !== undefined) return this.#finish('stop', 'stop-text', stop);
    if (this.completionTokens === task.maxTokens) return this.#finish('length', 'max-tokens');
    if (this.promptTokens.length + this.completionTokens >= this.#options.contextSize) {
      this.#finish('length', 'context-full');
    }
  }

  endOfAnswer(): void {
    this.#finish(this.#calls > 0 ? 'tool-calls' : 'stop', 'eog');
  }

  fail(error: AppError): void {
    this.isDone = true;
    this.queue.fail(error);
  }

  /** The stop text that this token completes, if any; only text is searched for them. */
  #say({ kind, token, text, callName, isLastOfPart }: AnswerToken): string | undefined {
    if (kind === 'text') {
      const detected = this.#detector.push(text);
      this.#heldTokens.push(token);
      this.#emitText(detected.text);
      return detected.stop;
    }
    if (kind === 'thinking') this.queue.push({ type: 'reasoning-delta', text, tokens: [token] });
    else this.#sayCall({ text, callName, isLastOfPart });
    return undefined;
  }

  #sayCall({
    text,
    callName,
    isLastOfPart,
  }: {
    text: string;
    callName: string | undefined;
    isLastOfPart: boolean;
  }): void {
    if (callName !== undefined) {
      const index = this.#calls++;
      this.queue.push({ type: 'tool-call-start', index, id: `call_scripted${index}`, name: callName });
    }
    const index = this.#calls - 1;
    if (text !== '') this.queue.push({ type: 'tool-call-delta', index, arguments: text });
    if (isLastOfPart) this.queue.push({ type: 'tool-call-end', index });
  }

  #ratePrompt(): void {
    const { task, pieceOf } = this.#options;
    if (task.promptProbabilities === undefined) return;
    const probabilities = rateTokens(this.promptTokens.slice(1), task.promptProbabilities, pieceOf);
    this.queue.push({ type: 'prompt-probabilities', probabilities });
  }

  #emitText(text: string): void {
    if (text === '') return;
    const { task, pieceOf } = this.#options;
    const tokens = this.#heldTokens;
    this.#heldTokens = [];
    this.queue.push({
      type: 'text-delta',
      text,
      tokens,
      ...(task.tokenProbabilities === undefined
        ? {}
        : { probabilities: rateTokens(tokens, task.tokenProbabilities, pieceOf) }),
    });
  }

  #finish(reason: 'stop' | 'length' | 'tool-calls', rawReason: string, stopText?: string): void {
    if (stopText === undefined) this.#emitText(this.#detector.flush());
    const now = performance.now();
    this.isDone = true;
    this.queue.push({
      type: 'finish',
      reason,
      rawReason,
      ...(stopText === undefined ? {} : { stopText }),
      usage: {
        promptTokens: this.promptTokens.length,
        cachedTokens: this.#cachedTokens,
        completionTokens: this.completionTokens,
      },
      timings: {
        queueMs: this.#startedAt - this.#arrivedAt,
        prefillMs: this.#decodeAt - this.#startedAt,
        decodeMs: now - this.#decodeAt,
      },
    });
    this.queue.end();
  }
}
