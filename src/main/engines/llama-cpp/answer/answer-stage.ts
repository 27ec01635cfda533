import type { TokenFilter } from '../../../decoding/index.ts';
import type { BoundText } from './bound-text.ts';
import type { ByteWatch } from './byte-watch.ts';
import type { ModelGrammars } from './model-grammars.ts';

/** A part of an answer: what may be chosen in it, and which part comes after a token. */
export interface AnswerStage {
  /** Undefined: everything. */
  readonly filter: TokenFilter | undefined;
  /** Nothing may follow. */
  readonly mustEnd: boolean;
  accept(token: number): AnswerStage;
  /** The tokens that have to come next. */
  forcedTokens(): ArrayLike<number>;
}

/** Begins the stage behind a text that was found; undefined where what came behind the text cannot stand there. */
export type NextStage = (rest: Uint8Array) => AnswerStage | undefined;

const none: readonly number[] = [];

/** Any text to its end. */
export const freeStage: AnswerStage = {
  filter: undefined,
  mustEnd: false,
  accept: () => freeStage,
  forcedTokens: () => none,
};

/** One of the texts that an answer may be. */
export interface Alternative {
  text: BoundText;
  /** What comes behind it; absent: the end of the answer. */
  next?: () => AnswerStage;
}

export interface BoundStageOptions {
  grammars: ModelGrammars;
  alternatives: readonly Alternative[];
  /** Text that may stand in front and belongs to none of them. */
  gap?: BoundText | undefined;
  /** False: what only has one continuation is chosen token by token all the same. */
  jumpsForward: boolean;
}

/** Text that has to be one of some alternatives. */
export class BoundStage implements AnswerStage, TokenFilter {
  readonly filter = this;
  readonly #options: BoundStageOptions;
  #gap: BoundText | undefined;
  #alternatives: readonly Alternative[];

  constructor(options: BoundStageOptions) {
    this.#options = options;
    this.#gap = options.gap;
    this.#alternatives = options.alternatives;
  }

  get mustEnd(): boolean {
    return this.#gap === undefined && this.#alternatives.every(({ text, next }) => text.mustEnd && !next);
  }

  allows(token: number): boolean {
    return this.#alternatives.some(({ text }) => text.allows(token)) || this.#mayFillGap(token);
  }

  allowedMask(): Uint32Array {
    const masks = this.#alternatives.map(({ text }) => text.allowedMask());
    return join(this.#gap ? [...masks, this.#options.grammars.withoutEnds(this.#gap.allowedMask())] : masks);
  }

  /** The end of the gap is not the end of the answer. */
  #mayFillGap(token: number): boolean {
    return this.#gap !== undefined && !this.#options.grammars.isEnd(token) && this.#gap.allows(token);
  }

  accept(token: number): AnswerStage {
    const alive = this.#alternatives.filter(({ text }) => text.allows(token));
    if (alive.length === 0) {
      (this.#gap ?? this.#alternatives[0]?.text)?.accept(token);
      if (this.#gap?.mustEnd) this.#gap = undefined;
      return this;
    }
    for (const { text } of alive) text.accept(token);
    return this.#goOn(alive);
  }

  /** The stage after bytes that are no token of their own. */
  read(bytes: Uint8Array): AnswerStage | undefined {
    if (bytes.length === 0) return this;
    const alive = this.#alternatives.filter(({ text }) => text.read(bytes));
    if (alive.length > 0) return this.#goOn(alive);
    return this.#gap?.read(bytes) ? this : undefined;
  }

  forcedTokens(): ArrayLike<number> {
    const [only, ...others] = this.#alternatives;
    const isOpen = !only || others.length > 0 || this.#gap !== undefined;
    if (isOpen || !this.#options.jumpsForward) return none;
    return only.text.forcedTokens(this.#options.grammars.tokenize);
  }

  #goOn(alive: readonly Alternative[]): AnswerStage {
    this.#gap = undefined;
    this.#alternatives = alive;
    return alive.find(({ text, next }) => next && text.mustEnd)?.next?.() ?? this;
  }
}

export interface WatchStageOptions {
  grammars: ModelGrammars;
  watch: ByteWatch<NextStage>;
  /** False: the answer may not end here. Default: true. */
  mayEnd?: boolean;
  /** So many tokens may come; then `closing` does. Default: any number. */
  budgetTokens?: number | undefined;
  closing?: ArrayLike<number>;
}

/** Any text, until one of some texts stands in it. A token that completes one wrongly is not allowed. */
export class WatchStage implements AnswerStage, TokenFilter {
  readonly filter = this;
  readonly mustEnd = false;
  readonly #options: WatchStageOptions;
  #tokens = 0;
  #isClosing = false;

  constructor(options: WatchStageOptions) {
    this.#options = options;
  }

  allows(token: number): boolean {
    const { grammars, watch, mayEnd = true } = this.#options;
    if (grammars.isEnd(token)) return mayEnd;
    const found = watch.look(grammars.bytesOf(token));
    return !found || found.meaning(found.rest) !== undefined;
  }

  allowedMask(): Uint32Array {
    const { grammars, watch } = this.#options;
    const mask = new Uint32Array(Math.ceil(grammars.vocabularySize / 32)).fill(0xffff_ffff);
    for (let token = 0; token < grammars.vocabularySize; token++) {
      const isSuspect = grammars.isEnd(token) || watch.mayComplete(grammars.bytesOf(token));
      if (isSuspect && !this.allows(token)) mask[token >>> 5] = (mask[token >>> 5] ?? 0) & ~(1 << (token & 31));
    }
    return mask;
  }

  accept(token: number): AnswerStage {
    return this.read(this.#options.grammars.bytesOf(token)) ?? this;
  }

  /** The stage after these bytes. */
  read(bytes: Uint8Array): AnswerStage | undefined {
    const { watch } = this.#options;
    this.#tokens++;
    const found = watch.look(bytes);
    if (found) return found.meaning(found.rest);
    watch.push(bytes);
    return this;
  }

  forcedTokens(): ArrayLike<number> {
    const { budgetTokens = Infinity, closing = none } = this.#options;
    if (this.#isClosing || this.#tokens < budgetTokens) return none;
    this.#isClosing = true;
    return closing;
  }
}

function join(masks: readonly Uint32Array[]): Uint32Array {
  const [first = new Uint32Array(0), ...others] = masks;
  if (others.length === 0) return first;
  const joined = first.slice();
  for (const mask of others) {
    for (let word = 0; word < joined.length; word++) joined[word] = (joined[word] ?? 0) | (mask[word] ?? 0);
  }
  return joined;
}
