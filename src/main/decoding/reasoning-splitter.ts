import { accept, AnswerInput, type Reading, readUntil, skipSpace } from './tool-calls/answer-input.ts';
import { type AnswerPiece, ControlAlphabet } from './tool-calls/control-alphabet.ts';
import type { ReasoningSyntax } from './tool-calls/syntax.ts';

export interface ReasoningSplitterOptions {
  reasoning: ReasoningSyntax;
  /** Texts of the vocabulary's control tokens. */
  controlTexts?: Iterable<string>;
  /** True when the prompt ends inside the reasoning. */
  startsInside?: boolean;
  /** Tokens the reasoning may have; absent: any number. */
  budgetTokens?: number;
}

export interface SplitPiece {
  reasoning: string;
  text: string;
  /** The budget is spent: the engine forces this text now. Given once. */
  forcedText?: string;
}

/**
 * Splits the reasoning at the beginning of an answer from the rest and watches over its budget. Works beside sampling:
 * one piece per token. Text that may be part of a marker waits for the next piece.
 */
export class ReasoningSplitter {
  readonly #options: ReasoningSplitterOptions;
  readonly #alphabet: ControlAlphabet;
  readonly #input = new AnswerInput();
  readonly #reading: Reading<void>;
  #output: SplitPiece = { reasoning: '', text: '' };
  #isInside: boolean;
  #tokensInside = 0;

  constructor(options: ReasoningSplitterOptions) {
    this.#options = options;
    this.#alphabet = new ControlAlphabet(options.controlTexts ?? [], markersOf(options.reasoning));
    this.#isInside = options.startsInside ?? false;
    this.#reading = this.#read();
    this.#reading.next();
  }

  get isInside(): boolean {
    return this.#isInside;
  }

  /** Tokens since the reasoning began. */
  get tokensInside(): number {
    return this.#tokensInside;
  }

  push(piece: AnswerPiece): SplitPiece {
    this.#input.push(this.#alphabet.encodePiece(piece));
    this.#reading.next();
    if (this.#isInside) this.#tokensInside++;
    const output = this.#take();
    if (this.#isInside && this.#tokensInside === this.#options.budgetTokens) {
      output.forcedText = closingText(this.#options.reasoning);
    }
    return output;
  }

  finish(): SplitPiece {
    this.#input.end();
    this.#reading.next();
    return this.#take();
  }

  #take(): SplitPiece {
    const output = this.#output;
    this.#output = { reasoning: '', text: '' };
    return output;
  }

  *#read(): Reading<void> {
    const { reasoning } = this.#options;
    if (!this.#isInside) {
      const before = yield* readBeginning(this.#input, beginningsOf(reasoning, this.#alphabet));
      this.#isInside = before === undefined;
      this.#output.text += this.#alphabet.decode(before ?? '');
    }
    if (this.#isInside) {
      yield* skipSpace(this.#input);
      const onText = (text: string) => (this.#output.reasoning += this.#alphabet.decode(text));
      yield* readUntil(this.#input, { texts: [this.#alphabet.encodeMarker(reasoning.end)], onText });
      this.#isInside = false;
      yield* skipSpace(this.#input);
    }
    for (;;) {
      this.#output.text += this.#alphabet.decode(this.#input.take(this.#input.available));
      yield;
    }
  }
}

/** What closes the reasoning from outside: tags stand on lines of their own, other markers do not. */
export function closingText({ end, forcedEnd: text }: ReasoningSyntax): string {
  return text ?? (end.startsWith('</') ? `\n${end}\n\n` : end);
}

/** Texts that may begin the reasoning, in the answer's alphabet. */
export function beginningsOf(reasoning: ReasoningSyntax, alphabet: ControlAlphabet): string[] {
  return [reasoning.begin, ...(reasoning.alsoBegin ?? [])].map((text) => alphabet.encodeMarker(text));
}

/** All texts of the syntax that may be control tokens, or hold some. */
export function markersOf(reasoning: ReasoningSyntax): string[] {
  return [reasoning.begin, reasoning.end, ...(reasoning.alsoBegin ?? [])];
}

/** White space and a beginning: read, undefined. Anything else: the white space, which is text. */
function* readBeginning(input: AnswerInput, beginnings: readonly string[]): Reading<string | undefined> {
  input.record();
  yield* skipSpace(input);
  for (const beginning of [...beginnings].sort((a, b) => b.length - a.length)) {
    if (yield* accept(input, beginning)) {
      input.forget();
      return undefined;
    }
  }
  const space = input.recorded;
  input.forget();
  return space;
}
