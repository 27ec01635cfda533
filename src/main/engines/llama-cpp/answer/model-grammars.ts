import { assignControlCharacters, GrammarCache, TokenTrie, type TemplateTraits } from '../../../decoding/index.ts';
import type { NativeVocabulary } from '../native-vocabulary.ts';
import type { TokenPieces } from '../token-pieces.ts';
import { BoundText } from './bound-text.ts';
import type { ControlTokens } from './control-tokens.ts';
import { RecentValues } from './recent-values.ts';

export interface GrammarVocabularyOptions {
  vocabulary: NativeVocabulary;
  pieces: Pick<TokenPieces, 'bytesOfAnswer'>;
  controls: ControlTokens;
}

/** The markers that a model's answers may hold. */
export type AnswerMarkers = Pick<TemplateTraits, 'syntax' | 'reasoning'>;

/** Grammars of so many tool sets and schemas are kept as text. */
const keptGrammars = 32;
const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * A model's vocabulary as grammars see it, and the grammars compiled for it. Control tokens that are part of a marker
 * stand for one character each; all others are no text.
 */
export class ModelGrammars {
  readonly markers: AnswerMarkers;
  /** Texts of grammars, by what they were made from. */
  readonly compiled = new RecentValues(keptGrammars);
  /** The character that stands for each control token, by its name. */
  readonly controlCharacters: ReadonlyMap<string, string>;
  readonly #options: GrammarVocabularyOptions;
  readonly #characterOf: ReadonlyMap<number, Uint8Array>;
  readonly #tokenOf: ReadonlyMap<string, number>;
  readonly #marker: RegExp;
  #parts: { trie: TokenTrie; cache: GrammarCache } | undefined;
  #endTexts: ReadonlySet<string> | undefined;

  constructor(options: GrammarVocabularyOptions, markers: AnswerMarkers) {
    this.#options = options;
    this.markers = markers;
    const controlCharacters = assignControlCharacters(options.controls.byText.keys(), markers);
    this.controlCharacters = controlCharacters;
    const pairs = Array.from(controlCharacters, ([text, character]) => {
      return { character, token: options.controls.byText.get(text) ?? -1 };
    });
    this.#tokenOf = new Map(pairs.map(({ character, token }) => [character, token]));
    this.#characterOf = new Map(pairs.map(({ character, token }) => [token, encoder.encode(character)]));
    this.#marker = new RegExp(`([${pairs.map(({ character }) => character).join('')}])`, 'u');
  }

  /** Reads the vocabulary now instead of with the first grammar: 1 to 3 µs a token. */
  prepare(): void {
    this.#use();
  }

  get vocabularySize(): number {
    return this.#options.vocabulary.size;
  }

  /** Names of the tokens that end an answer. */
  get endTexts(): ReadonlySet<string> {
    return (this.#endTexts ??= new Set(
      this.#use().trie.endTokens.map((token) => this.#options.vocabulary.tokenText(token)),
    ));
  }

  isEnd(token: number): boolean {
    return this.#options.vocabulary.isEndOfGeneration(token);
  }

  /** The mask without the tokens that end an answer. */
  withoutEnds(mask: Uint32Array): Uint32Array {
    const without = mask.slice();
    for (const token of this.#use().trie.endTokens) {
      without[token >>> 5] = (without[token >>> 5] ?? 0) & ~(1 << (token & 31));
    }
    return without;
  }

  /** A grammar at the beginning of its text. Errors: `invalid-request` for a grammar that cannot be read. */
  bind(grammar: string): BoundText {
    return new BoundText(this.#use().cache.constraint(grammar), this.#characterOf);
  }

  /** The bytes a grammar reads for a token; none for one that is no text. */
  bytesOf(token: number): Uint8Array {
    const character = this.#characterOf.get(token);
    if (character) return character;
    if (this.#options.controls.has(token) || this.isEnd(token)) return nothing;
    return this.#options.pieces.bytesOfAnswer(token);
  }

  /** A marker as the bytes that grammars read. */
  encode(marker: string): Uint8Array {
    let encoded = marker;
    const longestFirst = [...this.controlCharacters].sort(([a], [b]) => b.length - a.length);
    for (const [text, character] of longestFirst) encoded = encoded.replaceAll(text, character);
    return encoder.encode(encoded);
  }

  /** Text of a grammar, cut as the model's own tokenizer cuts it. */
  readonly tokenize = (text: string): Uint32Array => {
    const { vocabulary } = this.#options;
    if (this.#tokenOf.size === 0) return vocabulary.tokenize(text, { isRaw: true });
    const tokens = text.split(this.#marker).flatMap((part) => {
      const control = this.#tokenOf.get(part);
      return control === undefined ? Array.from(vocabulary.tokenize(part, { isRaw: true })) : [control];
    });
    return Uint32Array.from(tokens);
  };

  /** A text of ours with the names of control tokens in it. */
  tokenizeMarkers(text: string): Uint32Array {
    return this.#options.vocabulary.tokenize(text);
  }

  #use(): { trie: TokenTrie; cache: GrammarCache } {
    if (this.#parts) return this.#parts;
    const trie = new TokenTrie({
      size: this.vocabularySize,
      bytesOf: (token) => this.bytesOf(token),
      // Those have no bytes here.
      isSpecial: () => false,
      isEndOfGeneration: (token) => this.isEnd(token),
    });
    return (this.#parts = { trie, cache: new GrammarCache(trie) });
  }
}
