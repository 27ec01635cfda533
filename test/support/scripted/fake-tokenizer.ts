import { AppError } from '#shared/errors/app-error.ts';

/** Begin-of-sequence and end-of-generation; neither has a text. */
export const beginToken = 0;
const endToken = 1;

const firstTextToken = 2;

/**
 * Words of at most eight characters with their leading space, else single characters. The id is a hash of the text, so
 * equal text has equal tokens in every process; `tokenize` and `detokenize` are inverse for text this tokenizer has seen.
 */
export class FakeTokenizer {
  readonly #pieces = new Map<number, string>();
  readonly #ids = new Map<string, number>();

  tokenize(text: string): number[] {
    return (text.match(/ ?[^\s]{1,8}|\s/gu) ?? []).map((piece) => this.#idOf(piece));
  }

  /** Text of one token; empty for the two special ones. Throws `invalid-request` for an id it never gave out. */
  pieceOf(token: number): string {
    if (token === beginToken || token === endToken) return '';
    const piece = this.#pieces.get(token);
    if (piece === undefined) throw new AppError('invalid-request', `Token ${token} is not in the vocabulary.`);
    return piece;
  }

  detokenize(tokens: readonly number[]): string {
    return tokens.map((token) => this.pieceOf(token)).join('');
  }

  #idOf(piece: string): number {
    const known = this.#ids.get(piece);
    if (known !== undefined) return known;
    let id = firstTextToken + (hash(piece) % 1_000_000_000);
    while (this.#pieces.has(id)) id++;
    this.#ids.set(piece, id);
    this.#pieces.set(id, piece);
    return id;
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
