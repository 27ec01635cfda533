import type { TokenPiece } from '../../decoding/index.ts';
import { bytesOfBytePairText } from './byte-pair-text.ts';
import { tokenAttributes, vocabularyTypes, type NativeVocabulary } from './native-vocabulary.ts';

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const spaceMark = '▁';

/**
 * The bytes of each token, read from the vocabulary once per token and kept. The library's own detokeniser gives text
 * only, where a token that holds part of a code point is already lost.
 */
export class TokenPieces {
  readonly #vocabulary: NativeVocabulary;
  readonly #answerPieces: (TokenPiece | undefined)[] = [];
  readonly #writtenPieces: (TokenPiece | undefined)[] = [];
  readonly #usesSpaceMark: boolean;
  readonly #addsLeadingSpace: boolean;

  constructor(vocabulary: NativeVocabulary) {
    this.#vocabulary = vocabulary;
    this.#usesSpaceMark = usesSpaceMark(vocabulary);
    this.#addsLeadingSpace = vocabulary.tokenize('a').some((token) => this.written(token).text?.startsWith(' '));
  }

  /** As part of an answer: control tokens have no text. */
  ofAnswer(token: number): TokenPiece {
    return (this.#answerPieces[token] ??= this.#read(token, false));
  }

  /** The bytes alone, and without keeping them: for those who read the whole vocabulary once. */
  bytesOfAnswer(token: number): Uint8Array {
    return this.#answerPieces[token]?.bytes ?? this.#bytesOf(token, false);
  }

  /** As written out: control tokens by their name. */
  written(token: number): TokenPiece {
    return (this.#writtenPieces[token] ??= this.#read(token, true));
  }

  /** Text of tokens, special ones written out. Spaces that the tokenizer itself put in front are taken away again. */
  join(tokens: Uint32Array): string {
    const parts: Uint8Array[] = [];
    let isAfterControl = true;
    for (const token of tokens) {
      const { bytes } = this.written(token);
      const isAdded = this.#addsLeadingSpace && isAfterControl && bytes[0] === 0x20;
      parts.push(isAdded ? bytes.subarray(1) : bytes);
      isAfterControl = this.#isControl(token);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #isControl(token: number): boolean {
    return isControl(this.#vocabulary.attributes(token));
  }

  #read(token: number, special: boolean): TokenPiece {
    const bytes = this.#bytesOf(token, special);
    return { bytes, text: decodeWhole(bytes) };
  }

  #bytesOf(token: number, special: boolean): Uint8Array {
    const attributes = this.#vocabulary.attributes(token);
    if (isControl(attributes)) return special ? encoder.encode(this.#vocabulary.tokenText(token)) : new Uint8Array(0);
    if (!isTextVocabulary(this.#vocabulary.type))
      return encoder.encode(this.#vocabulary.detokenize(Uint32Array.of(token)));
    const text = this.#vocabulary.tokenText(token);
    if (attributes & tokenAttributes.userDefined) return encoder.encode(text);
    if (attributes & tokenAttributes.byte) return bytesOfByteToken(text);
    if (this.#usesSpaceMark) return encoder.encode(text.replaceAll(spaceMark, ' '));
    return bytesOfBytePairText(text);
  }
}

function isControl(attributes: number): boolean {
  return (attributes & (tokenAttributes.control | tokenAttributes.unknown)) !== 0;
}

function isTextVocabulary(type: number): boolean {
  const { sentencePiece, bytePair, wordPiece, unigram } = vocabularyTypes;
  return type === sentencePiece || type === bytePair || type === wordPiece || type === unigram;
}

/** SentencePiece-like vocabularies write a space as "▁"; so do some byte-pair ones, which a probe tells. */
function usesSpaceMark(vocabulary: NativeVocabulary): boolean {
  if (vocabulary.type !== vocabularyTypes.bytePair) return true;
  return vocabulary.tokenize(' a a').some((token) => vocabulary.tokenText(token).includes(spaceMark));
}

/** `<0x0A>`, or in byte-pair vocabularies the byte's own character. */
function bytesOfByteToken(text: string): Uint8Array {
  const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
  return hex === undefined ? bytesOfBytePairText(text) : Uint8Array.of(parseInt(hex, 16));
}

function decodeWhole(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
