/** How a vocabulary writes its tokens (llama.cpp's numbers). */
export const vocabularyTypes = { none: 0, sentencePiece: 1, bytePair: 2, wordPiece: 3, unigram: 4 } as const;

/** Bits of a token's attributes (llama.cpp's numbers). */
export const tokenAttributes = {
  unknown: 1 << 0,
  unused: 1 << 1,
  normal: 1 << 2,
  control: 1 << 3,
  userDefined: 1 << 4,
  byte: 1 << 5,
} as const;

export interface TokenizeOptions {
  /** True: the names of control tokens in the text stay text. */
  isRaw?: boolean;
  /** True: with the tokens that the vocabulary puts around a text. Default: without. */
  addSpecial?: boolean;
}

/** Tokens that tell a model what stands around a gap. */
export interface InfillTokens {
  prefix?: number | undefined;
  suffix?: number | undefined;
  middle?: number | undefined;
  repository?: number | undefined;
  file?: number | undefined;
}

/** The tokenizer of one loaded model. Token arguments must be below `size`: the library does not check. */
export interface NativeVocabulary {
  readonly size: number;
  readonly type: number;
  readonly beginToken: number | undefined;
  readonly endToken: number | undefined;
  /** True: a prompt has to begin with `beginToken`. */
  readonly wantsBeginToken: boolean;
  /** Stands between two texts; absent where the vocabulary has none. */
  readonly separatorToken?: number | undefined;
  /** True: a text, or each of a pair, ends with `endToken`. Default: false. */
  readonly wantsEndToken?: boolean;
  /** True: `separatorToken` stands between the texts of a pair. Default: false. */
  readonly wantsSeparatorToken?: boolean;
  readonly beginText: string;
  readonly endText: string;
  /** Those the library knows; absent ones the model has not. */
  readonly infill?: InfillTokens;
  /** Names of control tokens become those tokens, unless `isRaw`. */
  tokenize(text: string, options?: TokenizeOptions): Uint32Array;
  /** Text of a token as the vocabulary stores it, escapes included. */
  tokenText(token: number): string;
  attributes(token: number): number;
  isEndOfGeneration(token: number): boolean;
  /** Text of tokens joined by the library, special ones written out; broken code points become U+FFFD. */
  detokenize(tokens: Uint32Array): string;
}
