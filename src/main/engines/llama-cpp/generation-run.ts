import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { DecodeProgram } from '#shared/domain/decode-program.ts';
import { EventQueue } from '../../base/index.ts';
import { DecodeRun, type DecodeOutput } from '../../decoding/index.ts';
import type { TokenPieces } from './token-pieces.ts';

/** Events a reader may be behind before its answer pauses, and the level at which it goes on. */
const pauseAbove = 256;
const resumeBelow = 64;

/** Chooses the tokens of one answer. */
export interface TokenChooser {
  /** A token for these raw scores, which stay as they are. Throws when none can be chosen. */
  choose(scores: Float32Array): number;
}

export interface GenerationRunOptions {
  prompt: Uint32Array;
  /** Most tokens of the answer; `limitReason` says what set it. */
  tokenLimit: number;
  limitReason: 'max-tokens' | 'context-full';
  program: DecodeProgram;
  chooser: TokenChooser;
  pieces: TokenPieces;
  isEndOfGeneration: (token: number) => boolean;
  /** The reader left or caught up: the loop has to look again. */
  onReaderChange: () => void;
  /** Monotonic clock in ms. */
  now: () => number;
}

type Finish = Extract<GenerationEvent, { type: 'finish' }>;

/**
 * One request from its queue place to its finish: how far the prompt is, the token to feed next, the text certain so
 * far, the counts and times. The step loop drives it; it never touches the driver.
 */
export class GenerationRun {
  readonly prompt: Uint32Array;
  readonly #options: GenerationRunOptions;
  readonly #queue: EventQueue<GenerationEvent>;
  readonly #decode: DecodeRun;
  readonly #times: { arrived: number; begun: number; prefilled: number };
  #cachedTokens = 0;
  /** Prompt tokens whose state is in the sequence. */
  #position = 0;
  /** The token chosen last: not yet in the sequence. */
  readonly #next = new Uint32Array(1);
  #completionTokens = 0;
  #isPaused = false;
  #isOver = false;

  constructor(options: GenerationRunOptions) {
    this.#options = options;
    this.prompt = options.prompt;
    this.#decode = new DecodeRun(options.program);
    this.#queue = new EventQueue(() => this.#onReaderGone());
    const arrived = options.now();
    this.#times = { arrived, begun: arrived, prefilled: arrived };
  }

  /** Finished, failed or left by its reader: takes no further step. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** False for a request that only evaluates its prompt. */
  get wantsTokens(): boolean {
    return this.#options.tokenLimit > 0;
  }

  get completionTokens(): number {
    return this.#completionTokens;
  }

  get remainingPrompt(): number {
    return this.prompt.length - this.#position;
  }

  /** True while the reader is far behind; the sequence keeps its state and sits out. */
  get isPaused(): boolean {
    this.#isPaused = this.#isPaused ? this.#queue.size > resumeBelow : this.#queue.size > pauseAbove;
    return this.#isPaused;
  }

  /** The answer's events for its one reader; leaving early ends the run. */
  async *events(): AsyncGenerator<GenerationEvent, void, undefined> {
    for await (const event of this.#queue) {
      yield event;
      if (this.#isPaused && this.#queue.size <= resumeBelow) this.#options.onReaderChange();
    }
  }

  announce(event: GenerationEvent): void {
    this.#queue.push(event);
  }

  /** Has a sequence now, which already holds this many tokens of the prompt. */
  begin(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
    this.#position = cachedTokens;
    this.#times.begun = this.#options.now();
  }

  /** The tokens of its next part, and of how many positions the scores are wanted. */
  takePart(tokenCount: number): { tokens: Uint32Array; scoreCount: number } {
    if (this.remainingPrompt === 0) return { tokens: this.#next, scoreCount: 1 };
    const tokens = this.prompt.subarray(this.#position, this.#position + tokenCount);
    const isLast = tokens.length === this.remainingPrompt && this.wantsTokens;
    return { tokens, scoreCount: isLast ? 1 : 0 };
  }

  /** A part of the prompt is computed. */
  advancePrompt(tokenCount: number): void {
    this.#position += tokenCount;
    this.#queue.push({
      type: 'prefill-progress',
      processedTokens: this.#position,
      totalTokens: this.prompt.length,
      cachedTokens: this.#cachedTokens,
    });
    if (this.remainingPrompt > 0) return;
    this.#times.prefilled = this.#options.now();
    if (!this.wantsTokens) this.#finish('length', this.#options.limitReason);
  }

  /** The scores after its last token are there: a token is chosen, its text goes out, or the answer ends. */
  takeScores(scores: Float32Array): void {
    this.#accept(this.#options.chooser.choose(scores));
  }

  #accept(token: number): void {
    const { program, pieces, tokenLimit, limitReason } = this.#options;
    if (!program.ignoreEndOfGeneration && this.#options.isEndOfGeneration(token)) return this.#end('stop', 'eog');
    this.#completionTokens++;
    this.#next[0] = token;
    const output = this.#decode.feed(token, pieces.ofAnswer(token));
    this.#emit(output);
    if (output.stopText !== undefined) return this.#finish('stop', 'stop-text', output.stopText);
    if (this.#completionTokens >= tokenLimit) this.#end('length', limitReason);
  }

  /** Ends with an error; the reader gets what was pushed before, then the error. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.fail(error);
  }

  /** The end without a stop text, unless the text held back completes one. */
  #end(reason: Finish['reason'], rawReason: string): void {
    const output = this.#decode.finish();
    this.#emit(output);
    if (output.stopText === undefined) this.#finish(reason, rawReason);
    else this.#finish('stop', 'stop-text', output.stopText);
  }

  #emit({ text, tokens }: DecodeOutput): void {
    if (text !== '' || tokens.length > 0) this.#queue.push({ type: 'text-delta', text, tokens });
  }

  #finish(reason: Finish['reason'], rawReason: string, stopText?: string): void {
    const { arrived, begun, prefilled } = this.#times;
    this.#queue.push({
      type: 'finish',
      reason,
      rawReason,
      ...(stopText === undefined ? {} : { stopText }),
      usage: {
        promptTokens: this.prompt.length,
        cachedTokens: this.#cachedTokens,
        completionTokens: this.#completionTokens,
      },
      timings: {
        queueMs: begun - arrived,
        prefillMs: prefilled - begun,
        decodeMs: this.#options.now() - prefilled,
      },
    });
    this.#isOver = true;
    this.#queue.end();
  }

  #onReaderGone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onReaderChange();
  }
}
