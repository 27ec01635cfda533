import type { DecodeProgram } from '#shared/domain/decode-program.ts';
import { StopDetector, type StopDetectorOutput } from './stop-detector.ts';
import { Utf8Assembler } from './utf8-assembler.ts';

/** What a token stands for: its bytes, and the same as text where they are whole code points. */
export interface TokenPiece {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
}

export interface DecodeOutput {
  /** Text that is certain now; never part of a stop text. */
  text: string;
  /** Ids of the tokens this text came from; a token whose text is split is named once, with its first part. */
  tokens: number[];
  /** Set when a stop text was reached: the answer is over. */
  stopText?: string;
}

const nothing: StopDetectorOutput = { text: '' };

/**
 * One run of a decode program: fed each sampled token before the next one is chosen, it yields the text that is
 * certain. Bytes wait for their code point, code points wait while they may begin a stop text.
 */
export class DecodeRun {
  readonly #assembler = new Utf8Assembler();
  readonly #detector: StopDetector;
  /** Tokens not yet reported, with the position in the whole text where each begins. */
  readonly #tokens: { id: number; start: number }[] = [];
  #assembledLength = 0;
  #emittedLength = 0;

  constructor(program: Pick<DecodeProgram, 'stops'>) {
    this.#detector = new StopDetector(program.stops);
  }

  feed(token: number, piece: TokenPiece): DecodeOutput {
    const text =
      piece.text !== undefined && !this.#assembler.isPending ? piece.text : this.#assembler.push(piece.bytes);
    this.#tokens.push({ id: token, start: this.#assembledLength });
    return this.#emit(text === '' ? nothing : this.#detect(text));
  }

  /** The end without a stop text: everything held back, an unfinished code point as U+FFFD. */
  finish(): DecodeOutput {
    const rest = this.#assembler.flush();
    const detected = rest === '' ? nothing : this.#detect(rest);
    if (detected.stop !== undefined) return this.#emit(detected);
    const output = this.#emit({ text: detected.text + this.#detector.flush() });
    for (const { id } of this.#tokens.splice(0)) output.tokens.push(id);
    return output;
  }

  #detect(text: string): StopDetectorOutput {
    this.#assembledLength += text.length;
    return this.#detector.push(text);
  }

  #emit({ text, stop }: StopDetectorOutput): DecodeOutput {
    const tokens: number[] = [];
    if (text !== '') {
      this.#emittedLength += text.length;
      let count = 0;
      while (count < this.#tokens.length && this.#isReported(this.#tokens[count])) count++;
      for (const { id } of this.#tokens.splice(0, count)) tokens.push(id);
    }
    return stop === undefined ? { text, tokens } : { text, tokens, stopText: stop };
  }

  #isReported(token: { start: number } | undefined): boolean {
    return token !== undefined && token.start < this.#emittedLength;
  }
}
