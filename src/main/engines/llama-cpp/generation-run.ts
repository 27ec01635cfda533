import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import type { PromptReuse } from '#shared/domain/cache-report.ts';
import type { DecodeProgram } from '#shared/domain/decode-program.ts';
import { EventQueue, type ValueListener } from '../../base/index.ts';
import { noAdapters, type AdapterSet } from './adapters/adapter-set.ts';
import { AnswerReader, type ReadEvents } from './answer/index.ts';
import type { TokenPieces } from './token-pieces.ts';

/** Events a reader may be behind before its answer pauses, and the level at which it goes on. */
const pauseAbove = 256;
const resumeBelow = 64;

/** Chooses the tokens of one answer. */
export interface TokenChooser {
  /** A token for these raw scores, which stay as they are. Throws when none can be chosen. */
  choose(scores: Float32Array): number;
  /** The token is part of the answer now, chosen or not. */
  accept?(token: number): void;
  /** The token that has to come next, where only one can; taken by this call. */
  takeForced?(): number | undefined;
  /** True: nothing may follow. */
  readonly mustEnd?: boolean;
}

/** Reads the probabilities of tokens from raw scores. */
export interface TokenRater {
  rate(scores: Float32Array, token: number): TokenProbability;
}

export interface GenerationRunOptions {
  prompt: Uint32Array;
  /** Most tokens of the answer; `limitReason` says what set it. */
  tokenLimit: number;
  limitReason: 'max-tokens' | 'context-full';
  program: DecodeProgram;
  chooser: TokenChooser;
  pieces: TokenPieces;
  /** What the tokens say. Default: text, as `program` and `pieces` make it. */
  reader?: AnswerReader | undefined;
  /** Wanted for each token of the answer. Default: nobody. */
  tokenRater?: TokenRater | undefined;
  /** Wanted for each token of the prompt after the first. Default: nobody. */
  promptRater?: TokenRater | undefined;
  /** The answer's first tokens, where an engine that died has chosen them. Default: none. */
  resumeTokens?: Uint32Array | undefined;
  /** LoRA adapters that act on it. Default: none. */
  adapters?: AdapterSet | undefined;
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
  readonly #reader: AnswerReader;
  readonly #times: { arrived: number; begun: number; prefilled: number };
  #cachedTokens = 0;
  #reuse: PromptReuse | undefined;
  /** Prompt tokens whose state is in the sequence. */
  #position = 0;
  /** Tokens of the answer that are not yet in the sequence. */
  #pending: number[] = [];
  readonly #answer: number[] = [];
  #isParked = false;
  /** Until the whole prompt is rated, where that is wanted. */
  #promptProbabilities: TokenProbability[] | undefined;
  #completionTokens = 0;
  readonly #drafted = { all: 0, right: 0 };
  #isPaused = false;
  #isOver = false;

  constructor(options: GenerationRunOptions) {
    this.#options = options;
    this.prompt = options.prompt;
    this.#reader = options.reader ?? new AnswerReader(options);
    this.#promptProbabilities = options.promptRater && [];
    this.#queue = new EventQueue(() => this.#onReaderGone());
    const arrived = options.now();
    this.#times = { arrived, begun: arrived, prefilled: arrived };
  }

  /** Finished, failed or left by its reader: takes no further step. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Most tokens of the answer. */
  get tokenLimit(): number {
    return this.#options.tokenLimit;
  }

  /** State that was computed under other ones does not serve it. */
  get adapters(): AdapterSet {
    return this.#options.adapters ?? noAdapters;
  }

  /** False for a request that only evaluates its prompt. */
  get wantsTokens(): boolean {
    return this.#options.tokenLimit > 0;
  }

  get completionTokens(): number {
    return this.#completionTokens;
  }

  /** The tokens of the answer so far. */
  get answerTokens(): readonly number[] {
    return this.#answer;
  }

  /** Its reader is far behind: another request has its sequence, and it goes on when the reader has caught up. */
  get isParked(): boolean {
    return this.#isParked;
  }

  /** The tokens whose state it needs: the prompt, and the answer so far when it goes on. */
  get wantedTokens(): Uint32Array {
    if (!this.#isParked) return this.prompt;
    const tokens = new Uint32Array(this.prompt.length + this.#answer.length);
    tokens.set(this.prompt);
    tokens.set(this.#answer, this.prompt.length);
    return tokens;
  }

  /** Prompt tokens that were not there already. */
  get uncachedPrompt(): number {
    return this.prompt.length - this.#cachedTokens;
  }

  get remainingPrompt(): number {
    return this.prompt.length - this.#position;
  }

  /** Tokens of the answer that are known and not computed yet: one at least while it is written. */
  get pendingTokens(): number {
    return this.#pending.length;
  }

  /** Tokens that the answer may still have. */
  get remainingTokens(): number {
    return this.#options.tokenLimit - this.#completionTokens;
  }

  noteDrafted(count: number): void {
    this.#drafted.all += count;
  }

  /** Tokens chosen since the last step that were expected, and so are computed: no longer pending. Returns how many. */
  acceptDraft(draft: readonly number[]): number {
    let count = 0;
    while (count < this.#pending.length && this.#pending[count] === draft[count]) count++;
    this.advance(count);
    this.#drafted.right += count;
    return count;
  }

  /** The scores after each token of the prompt are wanted. */
  get wantsPromptScores(): boolean {
    return this.#options.promptRater !== undefined;
  }

  /** False: no state of earlier requests serves, because the scores of the whole prompt are wanted. */
  get mayReuse(): boolean {
    return !this.wantsPromptScores;
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
      this.#noteRead();
    }
  }

  /** The same without a promise for each event. */
  async forEachEvent(onEvent: ValueListener<GenerationEvent>): Promise<void> {
    await this.#queue.forEach((event) => {
      const taken = onEvent(event);
      this.#noteRead();
      return taken;
    });
  }

  #noteRead(): void {
    if (this.#isPaused && this.#queue.size <= resumeBelow) this.#options.onReaderChange();
  }

  announce(event: GenerationEvent): void {
    this.#queue.push(event);
  }

  /** Has a sequence now, which already holds this many tokens of the prompt. */
  begin(cachedTokens: number): void {
    if (this.#isParked) return this.#goOn(cachedTokens);
    this.#cachedTokens = cachedTokens;
    this.#position = cachedTokens;
    this.#times.begun = this.#options.now();
    for (const token of this.#options.resumeTokens ?? []) {
      if (this.#isOver) return;
      this.#options.chooser.takeForced?.();
      this.#accept(token);
    }
  }

  /** Its sequence goes to another request; `begin` lets it go on. */
  park(): void {
    this.#isParked = true;
  }

  /** What of its state is lost is computed again with the next tokens. */
  #goOn(heldTokens: number): void {
    this.#pending = Array.from(this.wantedTokens.subarray(heldTokens));
    this.#isParked = false;
  }

  /** Where the state of its prompt's beginning came from, and what broke it. */
  noteReuse(reuse: PromptReuse): void {
    this.#reuse = reuse;
  }

  /** The tokens of its next part, and of how many positions at its end the scores are wanted. */
  takePart(tokenCount: number): { tokens: Uint32Array; scoreCount: number } {
    if (this.remainingPrompt === 0) return this.#takePending(tokenCount);
    const tokens = this.prompt.subarray(this.#position, this.#position + tokenCount);
    if (this.wantsPromptScores) return { tokens, scoreCount: tokens.length };
    const isLast = tokens.length === this.remainingPrompt && this.wantsTokens && this.#pending.length === 0;
    return { tokens, scoreCount: isLast ? 1 : 0 };
  }

  #takePending(tokenCount: number): { tokens: Uint32Array; scoreCount: number } {
    const tokens = Uint32Array.from(this.#pending.slice(0, tokenCount));
    return { tokens, scoreCount: tokens.length === this.#pending.length ? 1 : 0 };
  }

  /** A part of the prompt or, behind it, of the answer is computed. */
  advance(tokenCount: number): void {
    if (this.remainingPrompt > 0) this.#advancePrompt(tokenCount);
    else this.#pending = this.#pending.slice(tokenCount);
  }

  #advancePrompt(tokenCount: number): void {
    this.#position += tokenCount;
    this.#queue.push({
      type: 'prefill-progress',
      processedTokens: this.#position,
      totalTokens: this.prompt.length,
      cachedTokens: this.#cachedTokens,
    });
    if (this.remainingPrompt > 0) return;
    this.#times.prefilled = this.#options.now();
    if (!this.wantsTokens && !this.wantsPromptScores) this.#finish('length', this.#options.limitReason);
  }

  /**
   * The scores after one token are there, in the order of the tokens: of the prompt, if they are wanted, then of the
   * answer. A token is chosen, what it says goes out, or the answer ends.
   */
  takeScores(scores: Float32Array): void {
    if (this.#promptProbabilities && this.#ratePrompt(this.#promptProbabilities, scores)) return;
    const { chooser, tokenRater } = this.#options;
    const token = chooser.takeForced?.() ?? chooser.choose(scores);
    this.#accept(token, tokenRater?.rate(scores, token));
    if (tokenRater) return;
    while (!this.#isOver) {
      const forced = chooser.takeForced?.();
      if (forced === undefined) return;
      this.#accept(forced);
    }
  }

  /** False when the scores are those of the answer: the whole prompt is rated. */
  #ratePrompt(rated: TokenProbability[], scores: Float32Array): boolean {
    const token = this.prompt[rated.length + 1];
    const { promptRater, limitReason } = this.#options;
    if (token !== undefined && promptRater) {
      rated.push(promptRater.rate(scores, token));
      return true;
    }
    this.#promptProbabilities = undefined;
    this.#queue.push({ type: 'prompt-probabilities', probabilities: rated });
    if (!this.wantsTokens) this.#finish('length', limitReason);
    return !this.wantsTokens;
  }

  #accept(token: number, probability?: TokenProbability): void {
    const { program, chooser, tokenLimit, limitReason } = this.#options;
    if (!program.ignoreEndOfGeneration && this.#options.isEndOfGeneration(token)) return this.#end('stop', 'eog');
    chooser.accept?.(token);
    this.#completionTokens++;
    this.#pending.push(token);
    this.#answer.push(token);
    const read = this.#reader.feed(token, probability);
    this.#emit(read);
    if (read.stopText !== undefined) return this.#finish('stop', 'stop-text', read.stopText);
    if (chooser.mustEnd === true) return this.#end('stop', 'grammar-end');
    if (this.#completionTokens >= tokenLimit) this.#end('length', limitReason);
  }

  /** Ends here: nothing has room for the next token. */
  endFull(): void {
    if (!this.#isOver) this.#end('length', 'context-full');
  }

  /** Ends with an error; the reader gets what was pushed before, then the error. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.fail(error);
  }

  /** The end without a stop text, unless the text held back completes one. */
  #end(reason: Finish['reason'], rawReason: string): void {
    const read = this.#reader.finish(reason === 'length');
    this.#emit(read);
    if (read.stopText === undefined) this.#finish(reason, rawReason);
    else this.#finish('stop', 'stop-text', read.stopText);
  }

  #emit({ events }: ReadEvents): void {
    for (const event of events) this.#queue.push(event);
  }

  #finish(reason: Finish['reason'], rawReason: string, stopText?: string): void {
    const { arrived, begun, prefilled } = this.#times;
    this.#queue.push({
      type: 'finish',
      reason: reason === 'stop' && this.#reader.endedCalls > 0 ? 'tool-calls' : reason,
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
        ...(this.#drafted.all > 0 ? { draftedTokens: this.#drafted.all, rightTokens: this.#drafted.right } : {}),
      },
      ...(this.#reuse ? { reuse: this.#reuse } : {}),
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
