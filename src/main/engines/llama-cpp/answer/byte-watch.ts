/** A text that is looked for, and what it means. */
export interface WatchedText<Meaning> {
  bytes: Uint8Array;
  meaning: Meaning;
  /** True: it counts only as the first words; white space may stand in front. */
  atStart: boolean;
}

export interface Sighting<Meaning> {
  meaning: Meaning;
  /** What came behind the text. */
  rest: Uint8Array;
}

/** Finds the first of some texts in bytes that come in pieces. */
export class ByteWatch<Meaning> {
  readonly #texts: readonly WatchedText<Meaning>[];
  readonly #keptBytes: number;
  /** The end of what has come: as much as may be the beginning of a text. */
  #kept: Uint8Array = new Uint8Array(0);
  /** Bytes in front of `kept`. */
  #before = 0;
  /** Place of the first byte that is no white space; -1 until it has come. */
  #firstWord = -1;

  constructor(texts: readonly WatchedText<Meaning>[]) {
    this.#texts = texts;
    this.#keptBytes = Math.max(0, ...texts.map(({ bytes }) => bytes.length - 1));
  }

  /** What these bytes complete, if they came next. */
  look(bytes: Uint8Array): Sighting<Meaning> | undefined {
    if (bytes.length === 0) return undefined;
    const joined = Buffer.concat([this.#kept, bytes]);
    const firstWord = this.#firstWord >= 0 ? this.#firstWord : this.#before + leadingSpace(joined);
    let best: { text: WatchedText<Meaning>; at: number } | undefined;
    for (const text of this.#texts) {
      const at = joined.indexOf(text.bytes);
      if (at < 0 || (text.atStart && this.#before + at !== firstWord)) continue;
      if (!best || at < best.at) best = { text, at };
    }
    return best && { meaning: best.text.meaning, rest: joined.subarray(best.at + best.text.bytes.length) };
  }

  /** The bytes have come. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const joined = Buffer.concat([this.#kept, bytes]);
    const space = leadingSpace(joined);
    if (this.#firstWord < 0 && space < joined.length) this.#firstWord = this.#before + space;
    const cut = Math.max(0, joined.length - this.#keptBytes);
    this.#before += cut;
    this.#kept = joined.subarray(cut);
  }

  /** False: no text can be completed by these bytes. Quick, and wrong only by saying true. */
  mayComplete(bytes: Uint8Array): boolean {
    return this.#texts.some((text) => bytes.includes(text.bytes.at(-1) ?? 0));
  }
}

function leadingSpace(bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length && [0x20, 0x0a, 0x09, 0x0d].includes(bytes[length] ?? 0)) length++;
  return length;
}
