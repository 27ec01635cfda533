import type { TokenProbability } from '#shared/domain/generation.ts';

/** Tokens that an event names; probabilities are one for each of them, or none. */
export interface ReportedTokens {
  tokens: number[];
  probabilities: TokenProbability[];
}

/** A piece of an answer and the tokens it was decoded from. */
interface NotedPiece extends ReportedTokens {
  text: string;
}

/**
 * Which tokens the words of an event came from, when a parser stands between the tokens and the events: it holds text
 * back and drops markers. Each token is named once, in order: one that is split with the first words that came from it,
 * markers in front of the next event.
 */
export class TokenLedger {
  #pieces: NotedPiece[] = [];

  note(piece: NotedPiece): void {
    this.#pieces.push(piece);
  }

  /** The tokens of these words, and those of what stood in front of them and was no content. */
  take(words: string): { before: number[]; reported: ReportedTokens } {
    const text = this.#pieces.map((piece) => piece.text).join('');
    const start = findWords(text, words);
    const end = start + words.length;
    const before: number[] = [];
    const reported: ReportedTokens = { tokens: [], probabilities: [] };
    const left: NotedPiece[] = [];
    let at = 0;
    for (const piece of this.#pieces) {
      const pieceEnd = at + piece.text.length;
      if (at >= end) left.push(piece);
      else if (pieceEnd <= start) before.push(...piece.tokens);
      else {
        reported.tokens.push(...piece.tokens);
        reported.probabilities.push(...piece.probabilities);
        if (pieceEnd > end) left.push({ text: piece.text.slice(end - at), tokens: [], probabilities: [] });
      }
      at = pieceEnd;
    }
    this.#pieces = left;
    return { before, reported };
  }

  /** All tokens that were not named yet. */
  takeAll(): number[] {
    return this.#pieces.splice(0).flatMap(({ tokens }) => tokens);
  }
}

/** Words come out as soon as they can: they stand at the beginning or, behind a marker, at the end. */
function findWords(text: string, words: string): number {
  if (text.startsWith(words)) return 0;
  if (text.endsWith(words)) return text.length - words.length;
  return Math.max(0, text.indexOf(words));
}
