import type { TokenVocabulary } from '#main/decoding/grammar/index.ts';

const encoder = new TextEncoder();

/** Token 0 ends an answer, token 1 is special, then come the given texts, then all single bytes. */
export function wordVocabulary(words: readonly string[]): TokenVocabulary & { tokenOf(text: string): number } {
  const texts = [
    encoder.encode('<end>'),
    encoder.encode('a'),
    ...words.map((word) => encoder.encode(word)),
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ];
  return {
    size: texts.length,
    bytesOf: (token) => texts[token] ?? new Uint8Array(0),
    isSpecial: (token) => token < 2,
    isEndOfGeneration: (token) => token === 0,
    tokenOf: (text) => texts.findIndex((bytes, token) => token > 1 && Buffer.from(bytes).equals(Buffer.from(text))),
  };
}

/** Cuts a text greedily into the longest words; what is none into bytes. */
export function longestWords(vocabulary: ReturnType<typeof wordVocabulary>, text: string): Uint32Array {
  const tokens: number[] = [];
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    let length = Math.min(rest.length, 40);
    while (length > 1 && !hasToken(vocabulary, rest.subarray(0, length))) length--;
    tokens.push(tokenWith(vocabulary, rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return Uint32Array.from(tokens);
}

function hasToken(vocabulary: TokenVocabulary, bytes: Uint8Array): boolean {
  return tokenWith(vocabulary, bytes) !== -1;
}

function tokenWith(vocabulary: TokenVocabulary, bytes: Uint8Array): number {
  for (let token = 2; token < vocabulary.size; token++) {
    if (Buffer.from(vocabulary.bytesOf(token)).equals(Buffer.from(bytes))) return token;
  }
  return -1;
}
