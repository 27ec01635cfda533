import { tokenAttributes, type NativeVocabulary } from '../native-vocabulary.ts';

const controlBits = tokenAttributes.control | tokenAttributes.unknown;

const known = new WeakMap<NativeVocabulary, ControlTokens>();

/** The control tokens of a vocabulary; the same object for the same one. */
export function controlTokensOf(vocabulary: NativeVocabulary): ControlTokens {
  const controls = known.get(vocabulary) ?? new ControlTokens(vocabulary);
  known.set(vocabulary, controls);
  return controls;
}

/** The tokens of a vocabulary that are no text, by their names. Read once, when first asked for. */
export class ControlTokens {
  readonly #vocabulary: NativeVocabulary;
  #byText: ReadonlyMap<string, number> | undefined;
  #tokens: ReadonlySet<number> | undefined;

  constructor(vocabulary: NativeVocabulary) {
    this.#vocabulary = vocabulary;
  }

  get byText(): ReadonlyMap<string, number> {
    return (this.#byText ??= this.#read());
  }

  has(token: number): boolean {
    return (this.#tokens ??= new Set(this.byText.values())).has(token);
  }

  /** The token's name where it is one of these. */
  textOf(token: number): string | undefined {
    return this.has(token) ? this.#vocabulary.tokenText(token) : undefined;
  }

  #read(): Map<string, number> {
    const found = new Map<string, number>();
    for (let token = 0; token < this.#vocabulary.size; token++) {
      if ((this.#vocabulary.attributes(token) & controlBits) === 0) continue;
      const text = this.#vocabulary.tokenText(token);
      if (text !== '') found.set(text, token);
    }
    return found;
  }
}
