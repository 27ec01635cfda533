import type { TokenConstraint } from '../../../decoding/index.ts';

/** A character that no marker stands for: what takes it takes any text. */
const anyCharacter = new TextEncoder().encode('\u{10f7ff}');

/**
 * A grammar that follows an answer. A control token comes only where the grammar names it as a marker, never where it
 * would do as any character, such as inside a string.
 */
export class BoundText {
  readonly #constraint: TokenConstraint;
  /** The character that stands for each control token of a marker. */
  readonly #characterOf: ReadonlyMap<number, Uint8Array>;

  constructor(constraint: TokenConstraint, characterOf: ReadonlyMap<number, Uint8Array>) {
    this.#constraint = constraint;
    this.#characterOf = characterOf;
  }

  clone(): BoundText {
    return new BoundText(this.#constraint.clone(), this.#characterOf);
  }

  get canEnd(): boolean {
    return this.#constraint.canEnd;
  }

  get mustEnd(): boolean {
    return this.#constraint.mustEnd;
  }

  allows(token: number): boolean {
    return this.#constraint.allows(token) && !this.#isOnlyText(token);
  }

  /** Not to be written to. */
  allowedMask(): Uint32Array {
    const mask = this.#constraint.allowedMask();
    const wrong = [...this.#characterOf.keys()].filter((token) => isSet(mask, token) && this.#isOnlyText(token));
    if (wrong.length === 0) return mask;
    const own = mask.slice();
    for (const token of wrong) own[token >>> 5] = (own[token >>> 5] ?? 0) & ~(1 << (token & 31));
    return own;
  }

  accept(token: number): void {
    this.#constraint.accept(token);
  }

  /** Reads text that is not a token of its own; false, and nothing happens, where it is not admitted. */
  read(bytes: Uint8Array): boolean {
    return this.#constraint.read(bytes);
  }

  forcedTokens(tokenize: (text: string) => Uint32Array): Uint32Array {
    return this.#constraint.forcedTokens(tokenize);
  }

  #isOnlyText(token: number): boolean {
    const character = this.#characterOf.get(token);
    return character !== undefined && this.#constraint.takesAlike(character, anyCharacter);
  }
}

function isSet(mask: Uint32Array, token: number): boolean {
  return ((mask[token >>> 5] ?? 0) & (1 << (token & 31))) !== 0;
}
