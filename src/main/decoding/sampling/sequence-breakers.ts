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
 * and every token that ends as the text begins, followed by the tokens of the rest. Reads the whole vocabulary once,
 * about 10 ms for 49,152 tokens: worth keeping per model and breakers.
 */
export function resolveSequenceBreakers(breakers: readonly string[], vocabulary: BreakerVocabulary): number[][] {
  const byFirstByte = groupByFirstByte(breakers);
  const tailTokens = new Map<string, readonly number[]>([['', []]]);
  const sequences: number[][] = [];
  for (let token = 0; token < vocabulary.size; token++) {
    for (const tail of findTails(vocabulary.bytesOf(token), byFirstByte)) {
      const rest = tailTokens.get(tail) ?? Array.from(vocabulary.tokenize(fromByteText(tail)));
      tailTokens.set(tail, rest);
      sequences.push([token, ...rest.slice(0, longestTailTokens)]);
    }
  }
  return sequences;
}

interface Breaker {
  bytes: Uint8Array;
  /** One character per byte. */
  text: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const noTails: ReadonlySet<string> = new Set();

function groupByFirstByte(breakers: readonly string[]): ReadonlyMap<number, Breaker[]> {
  const groups = new Map<number, Breaker[]>();
  for (const breaker of new Set(breakers)) {
    const bytes = encoder.encode(breaker).subarray(0, longestBreakerBytes);
    const first = bytes[0];
    if (first === undefined) continue;
    const group = groups.get(first) ?? [];
    group.push({ bytes, text: String.fromCharCode(...bytes) });
    groups.set(first, group);
  }
  return groups;
}

/**
 * What must follow the word so that a breaker appears, for every breaker that begins in it; only the empty text for a
 * breaker that the word holds whole.
 */
function findTails(word: Uint8Array, byFirstByte: ReadonlyMap<number, Breaker[]>): ReadonlySet<string> {
  let found: Map<Breaker, string[]> | undefined;
  for (let start = 0; start < word.length; start++) {
    for (const breaker of byFirstByte.get(word[start] ?? 0) ?? []) {
      const length = Math.min(breaker.bytes.length, word.length - start);
      if (!isSame(word, start, breaker.bytes.subarray(0, length))) continue;
      found ??= new Map();
      const tails = found.get(breaker) ?? [];
      tails.push(breaker.text.slice(length));
      found.set(breaker, tails);
    }
  }
  if (found === undefined) return noTails;
  return new Set(Array.from(found.values(), (tails) => (tails.includes('') ? [''] : tails)).flat());
}

function isSame(word: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let offset = 1; offset < bytes.length; offset++) {
    if (word[start + offset] !== bytes[offset]) return false;
  }
  return true;
}

function fromByteText(text: string): string {
  return decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
