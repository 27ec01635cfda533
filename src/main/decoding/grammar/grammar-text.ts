import type { AppError } from '#shared/errors/app-error.ts';
import { grammarError } from './expression.ts';

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const plainEscapes: Readonly<Record<string, string>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  '\\': '\\',
  '"': '"',
  '[': '[',
  ']': ']',
  '-': '-',
};

/** A place in the text of a grammar that moves forward. */
export class GrammarText {
  readonly #text: string;
  #at = 0;
  #lineStarts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  isNext(expected: string): boolean {
    return this.#text.startsWith(expected, this.#at);
  }

  /** Moves past `expected` when it comes next. */
  take(expected: string): boolean {
    if (!this.isNext(expected)) return false;
    this.#at += expected.length;
    return true;
  }

  /** Spaces, tabs and comments; line ends only where they mean nothing. */
  skipSpace(withLineEnds: boolean): void {
    for (let code = this.#code(); ; code = this.#code()) {
      if (code === 0x23) this.#skipComment();
      else if (code === 0x20 || code === 0x09 || (withLineEnds && isLineEnd(code))) this.#at++;
      else return;
    }
  }

  readName(): string | undefined {
    const start = this.#at;
    while (isNamePart(this.#code())) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  /** `*`, `+`, `?`, `{m}`, `{m,}` or `{m,n}`, when one comes next. */
  readRepetition(): { min: number; max: number } | undefined {
    const at = this.#at;
    if (this.take('*')) return { min: 0, max: Infinity };
    if (this.take('+')) return { min: 1, max: Infinity };
    if (this.take('?')) return { min: 0, max: 1 };
    if (!this.isNext('{')) return undefined;
    const match = /\{\s*(\d{1,10})\s*(?:(,)\s*(\d{1,10})?\s*)?\}/y;
    match.lastIndex = at;
    const [whole, least, comma, most] = match.exec(this.#text) ?? [];
    if (whole === undefined) throw this.error('expected {m}, {m,} or {m,n}');
    this.#at += whole.length;
    const min = Number(least);
    const max = most === undefined ? (comma ? Infinity : min) : Number(most);
    if (max < min) throw this.error(`the repetition {${min},${max}} ends before it begins`, at);
    return { min, max };
  }

  /** One character of a literal or class, escapes resolved. */
  readCharacter(): number {
    if (this.isAtEnd) throw this.error('a literal or class is not closed');
    if (this.take('\\')) return this.#readEscape();
    const codePoint = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  error(message: string, at = this.#at): AppError {
    return grammarError(message, this.placeOf(at));
  }

  placeOf(at: number): { line: number; column: number } {
    this.#lineStarts ??= [0, ...Array.from(this.#text.matchAll(/\n/g), ({ index }) => index + 1)];
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #readEscape(): number {
    const at = this.#at - 1;
    const letter = this.#text[this.#at] ?? '';
    this.#at++;
    const plain = plainEscapes[letter];
    if (plain !== undefined) return plain.charCodeAt(0);
    const digits = hexDigits[letter];
    if (digits === undefined) throw this.error(`unknown escape "\\${letter}"`, at);
    const hex = this.#text.slice(this.#at, this.#at + digits);
    if (hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex)) {
      throw this.error(`expected ${digits} hexadecimal digits after "\\${letter}"`, at);
    }
    this.#at += digits;
    const codePoint = parseInt(hex, 16);
    if (codePoint > 0x10ffff) throw this.error('there are no characters beyond U+10FFFF', at);
    return codePoint;
  }

  #skipComment(): void {
    while (!this.isAtEnd && !isLineEnd(this.#code())) this.#at++;
  }

  /** Not a number at the end of the text. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

function isNamePart(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d;
}
