/** What is needed of a vocabulary to find texts in it. */
export interface BreakerVocabulary {
  readonly size: number;
  /** The bytes a token stands for. */
  bytesOf(token: number): Uint8Array;
  /** Tokens of a text, without parsing control tokens in it. */
  tokenize(text: string): ArrayLike<number>;
}

const longestBreakerBytes = 40;
const longestTailTokens = 20;

/**
 * Token sequences in which a breaker's text can appear, as llama.cpp finds them: every token that contains the text,
 * and every token that ends as the text begins, followed by the tokens of the rest. Reads the whole vocabulary once:
 * worth keeping per model and breaker.
 */
export function resolveSequenceBreakers(breakers: readonly string[], vocabulary: BreakerVocabulary): number[][] {
  const texts = breakers.filter((text) => text !== '').map((text) => toByteText(encoder.encode(text)));
  const wanted = texts.map((text) => text.slice(0, longestBreakerBytes));
  const sequences = new Map<string, number[]>();
  for (let token = 0; token < vocabulary.size; token++) {
    const word = toByteText(vocabulary.bytesOf(token));
    for (const breaker of wanted) {
      for (const tail of findTails(word, breaker)) {
        const tailTokens = tail === '' ? [] : Array.from(vocabulary.tokenize(fromByteText(tail)));
        const sequence = [token, ...tailTokens.slice(0, longestTailTokens)];
        sequences.set(sequence.join(), sequence);
      }
    }
  }
  return [...sequences.values()];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What must follow the word so that the breaker appears; the empty text when the word holds all of it. */
function findTails(word: string, breaker: string): string[] {
  if (word.includes(breaker)) return [''];
  const tails: string[] = [];
  for (let length = Math.min(word.length, breaker.length - 1); length > 0; length--) {
    if (word.endsWith(breaker.slice(0, length))) tails.push(breaker.slice(length));
  }
  return tails;
}

/** One character per byte, so that text functions find bytes. */
function toByteText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function fromByteText(text: string): string {
  return decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
