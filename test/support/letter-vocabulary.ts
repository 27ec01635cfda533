import type { TokenPiece } from '#main/decoding/index.ts';
import { ControlTokens } from '#main/engines/llama-cpp/answer/control-tokens.ts';
import { ModelGrammars, type AnswerMarkers } from '#main/engines/llama-cpp/answer/model-grammars.ts';
import { tokenAttributes, type NativeVocabulary } from '#main/engines/llama-cpp/native-vocabulary.ts';

export interface LetterVocabulary {
  vocabulary: NativeVocabulary;
  pieces: {
    ofAnswer: (token: number) => TokenPiece;
    bytesOfAnswer: (token: number) => Uint8Array;
    written: (token: number) => TokenPiece;
  };
  controls: ControlTokens;
  /** Tokens of a text with the names of control tokens in it; words count before letters. */
  tokensOf: (text: string) => number[];
  grammarsFor: (markers: AnswerMarkers) => ModelGrammars;
}

/** ASCII letters are tokens 0 to 127; then come words, then control tokens; the last of them, `<end>`, ends an answer. */
export function createLetterVocabulary({ words = [], controls = [] }: { words?: string[]; controls?: string[] } = {}) {
  const letters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const texts = [...letters, ...words, ...controls, '<end>'];
  const firstControl = letters.length + words.length;
  const isControl = (token: number): boolean => token >= firstControl;
  const tokenize = (text: string, { isRaw } = { isRaw: false }): Uint32Array => {
    const known = isRaw ? texts.slice(0, firstControl) : texts;
    const tokens: number[] = [];
    for (let at = 0; at < text.length;) {
      const best = known.reduce((a, b) => (text.startsWith(b, at) && b.length > a.length ? b : a), '');
      tokens.push(texts.indexOf(best));
      at += best.length;
    }
    return Uint32Array.from(tokens);
  };
  const toPiece = (text: string): TokenPiece => ({ bytes: new TextEncoder().encode(text), text });
  const vocabulary: NativeVocabulary = {
    size: texts.length,
    type: 2,
    beginToken: undefined,
    endToken: texts.length - 1,
    wantsBeginToken: false,
    beginText: '',
    endText: '<end>',
    tokenize,
    tokenText: (token) => texts[token] ?? '',
    attributes: (token) => (isControl(token) ? tokenAttributes.control : tokenAttributes.normal),
    isEndOfGeneration: (token) => token === texts.length - 1,
    detokenize: (tokens) => Array.from(tokens, (token) => texts[token]).join(''),
  };
  const pieces = {
    ofAnswer: (token: number) => toPiece(isControl(token) ? '' : (texts[token] ?? '')),
    bytesOfAnswer: (token: number) => pieces.ofAnswer(token).bytes,
    written: (token: number) => toPiece(texts[token] ?? ''),
  };
  const controlTokens = new ControlTokens(vocabulary);
  const letterVocabulary: LetterVocabulary = {
    vocabulary,
    pieces,
    controls: controlTokens,
    tokensOf: (text) => Array.from(tokenize(text)),
    grammarsFor: (markers) => new ModelGrammars({ vocabulary, pieces, controls: controlTokens }, markers),
  };
  return letterVocabulary;
}
