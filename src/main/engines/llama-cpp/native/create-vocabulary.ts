import type { InfillTokens, NativeVocabulary, TokenizeOptions } from '../native-vocabulary.ts';
import type { LlamaApi } from './llama-api.ts';
import type { NativePointer } from './struct-layouts.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The tokenizer of a loaded model, through llama.h. */
export function createVocabulary(api: LlamaApi, model: NativePointer): NativeVocabulary {
  const vocabulary = api.vocabularyOf(model);
  const beginToken = toToken(api.beginToken(vocabulary));
  const endToken = toToken(api.endToken(vocabulary));
  const textOf = (token: number | undefined): string => (token === undefined ? '' : api.tokenText(vocabulary, token));
  return {
    size: api.vocabularySize(vocabulary),
    type: api.vocabularyType(vocabulary),
    beginToken,
    endToken,
    wantsBeginToken: api.addsBegin(vocabulary),
    separatorToken: toToken(api.separatorToken(vocabulary)),
    wantsEndToken: api.addsEnd(vocabulary),
    wantsSeparatorToken: api.addsSeparator(vocabulary),
    beginText: textOf(beginToken),
    endText: textOf(endToken),
    infill: readInfillTokens(api, vocabulary),
    tokenize: (text, options) => tokenize(api, vocabulary, { text, ...options }),
    tokenText: (token) => api.tokenText(vocabulary, token),
    attributes: (token) => api.tokenAttributes(vocabulary, token),
    isEndOfGeneration: (token) => api.isEndOfGeneration(vocabulary, token),
    detokenize: (tokens) => detokenize(api, vocabulary, tokens),
  };
}

function readInfillTokens(api: LlamaApi, vocabulary: NativePointer): InfillTokens {
  return {
    prefix: toToken(api.infillPrefix(vocabulary)),
    suffix: toToken(api.infillSuffix(vocabulary)),
    middle: toToken(api.infillMiddle(vocabulary)),
    repository: toToken(api.infillRepository(vocabulary)),
    file: toToken(api.infillFile(vocabulary)),
  };
}

interface TokenizeInput extends TokenizeOptions {
  text: string;
}

function tokenize(
  api: LlamaApi,
  vocabulary: NativePointer,
  { text, isRaw = false, addSpecial = false }: TokenizeInput,
): Uint32Array {
  if (text === '' && !addSpecial) return new Uint32Array(0);
  const bytes = encoder.encode(text);
  // No token is shorter than a byte, but a leading space may be added.
  let tokens = new Int32Array(bytes.length + 8);
  let count = api.tokenize(vocabulary, bytes, bytes.length, tokens, tokens.length, addSpecial, !isRaw);
  if (count < 0) {
    tokens = new Int32Array(-count);
    count = api.tokenize(vocabulary, bytes, bytes.length, tokens, tokens.length, addSpecial, !isRaw);
  }
  if (count < 0) throw new Error('The library could not tokenise the text.');
  return Uint32Array.from(tokens.subarray(0, count));
}

function detokenize(api: LlamaApi, vocabulary: NativePointer, tokens: Uint32Array): string {
  const ids = Int32Array.from(tokens);
  let text = new Uint8Array(tokens.length * 16 + 64);
  let length = api.detokenize(vocabulary, ids, ids.length, text, text.length, false, true);
  if (length < 0) {
    text = new Uint8Array(-length);
    length = api.detokenize(vocabulary, ids, ids.length, text, text.length, false, true);
  }
  return decoder.decode(text.subarray(0, Math.max(0, length)));
}

/** The library says -1 for a token that the vocabulary does not have. */
function toToken(token: number): number | undefined {
  return token < 0 ? undefined : token;
}
