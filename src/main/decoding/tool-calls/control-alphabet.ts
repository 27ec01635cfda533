/** A piece of an answer. */
export interface AnswerPiece {
  text: string;
  /** True when it is the text of one control token. */
  isControl?: boolean;
}

const firstUnit = 0xd800;
const unitCount = 0x400;

/**
 * Writes control tokens as single units that no text can hold (unpaired surrogates), so that a marker which is a
 * control token is matched by that token only, never by the same letters.
 */
export class ControlAlphabet {
  readonly #unitOf = new Map<string, string>();
  readonly #textOf = new Map<string, string>();
  readonly #longestFirst: readonly string[];

  /** `controlTexts`: the vocabulary's control tokens; only those that are part of a marker count. */
  constructor(controlTexts: Iterable<string>, markers: readonly string[]) {
    for (const text of controlTexts) {
      if (text === '' || this.#unitOf.has(text) || this.#unitOf.size === unitCount) continue;
      if (!markers.some((marker) => marker.includes(text))) continue;
      const unit = String.fromCharCode(firstUnit + this.#unitOf.size);
      this.#unitOf.set(text, unit);
      this.#textOf.set(unit, text);
    }
    this.#longestFirst = [...this.#unitOf.keys()].sort((a, b) => b.length - a.length);
  }

  encodePiece({ text, isControl = false }: AnswerPiece): string {
    return isControl ? (this.#unitOf.get(text) ?? text) : text;
  }

  /** A marker as it looks in an encoded answer. */
  encodeMarker(marker: string): string {
    let encoded = marker;
    for (const text of this.#longestFirst) encoded = encoded.replaceAll(text, this.#unitOf.get(text) ?? text);
    return encoded;
  }

  decode(encoded: string): string {
    if (this.#textOf.size === 0) return encoded;
    return encoded.replace(loneHighSurrogate, (unit) => this.#textOf.get(unit) ?? unit);
  }
}

const loneHighSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])/g;

/** True when the marker holds a control token: no text can forge it. */
export function holdsControl(encodedMarker: string): boolean {
  return /[\ud800-\udbff](?![\udc00-\udfff])/.test(encodedMarker);
}
