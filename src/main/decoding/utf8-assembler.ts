/** How many bytes a UTF-8 sequence has, by its first byte; 0 for a byte that cannot start a sequence of several. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/** Index at which an unfinished sequence begins at the end of the bytes; their length when the end is whole. */
function wholeLength(bytes: Uint8Array): number {
  const earliest = Math.max(0, bytes.length - 3);
  for (let index = bytes.length - 1; index >= earliest; index--) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return index + sequenceLength(byte) > bytes.length ? index : bytes.length;
  }
  return bytes.length;
}

/**
 * Joins the bytes of tokens to whole code points. A sequence cut by a token border waits (at most 3 bytes); bytes that
 * are no UTF-8 become U+FFFD as soon as that is certain. The joined text equals decoding all bytes at once.
 */
export class Utf8Assembler {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #pending: Uint8Array = new Uint8Array(0);

  /** True while bytes of an unfinished code point wait. */
  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Text that is certain after these bytes. */
  push(bytes: Uint8Array): string {
    const joined = this.#pending.length === 0 ? bytes : concatenate(this.#pending, bytes);
    const whole = wholeLength(joined);
    this.#pending = joined.slice(whole);
    return whole === 0 ? '' : this.#decoder.decode(joined.subarray(0, whole));
  }

  /** What is left at the end of the answer: an unfinished sequence as U+FFFD. */
  flush(): string {
    const text = this.#decoder.decode(this.#pending);
    this.#pending = new Uint8Array(0);
    return text;
  }
}

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
