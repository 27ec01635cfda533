/** What the pre-check must know of a vocabulary; the texts themselves are not kept. */
export interface TokenSummary {
  /** Two tokens have the same text: native code aborts on it. */
  hasDuplicates: boolean;
  /** How many of the 256 bytes no token stands for, neither as `<0x0A>` nor as a text of that one byte. */
  missingBytes: number;
  /** One of them begins the text before a gap that the model is to fill in. */
  hasInfillToken: boolean;
  /** Whether the token at `index` is written as a byte, `<0x0A>`. */
  isByteToken(index: number): boolean;
}

const notHex = -1;

/** The names that llama.cpp knows for the token in front of the text before a gap. */
const infillTokens = [
  '<|fim_prefix|>',
  '<fim-prefix>',
  '<fim_prefix>',
  '<PRE>',
  '▁<PRE>',
  '<|code_prefix|>',
  '<|prefix|>',
  '<｜fim▁begin｜>',
  '[PREFIX]',
].map((name) => Buffer.from(name));

/** Takes the tokens one after the other, as bytes. Duplicates are found by 52 bits of hash: good for a refusal. */
export class TokenScan {
  readonly #hashes: Float64Array;
  readonly #isByteToken: Uint8Array;
  readonly #hasByte = new Uint8Array(256);
  #count = 0;
  #hasInfillToken = false;

  constructor(count: number) {
    this.#hashes = new Float64Array(count);
    this.#isByteToken = new Uint8Array(count);
  }

  add(buffer: Buffer, start: number, end: number): void {
    const index = this.#count;
    this.#count += 1;
    // Empty texts are told apart by native code itself.
    this.#hashes[index] = start === end ? -1 - index : hash(buffer, start, end);
    this.#hasInfillToken ||= infillTokens.some(
      (name) => end - start === name.length && buffer.compare(name, 0, name.length, start, end) === 0,
    );
    const byte = readByteToken(buffer, start, end);
    if (byte !== notHex) this.#isByteToken[index] = 1;
    const stated = byte === notHex && end - start === 1 ? (buffer[start] ?? notHex) : byte;
    if (stated !== notHex) this.#hasByte[stated] = 1;
  }

  finish(): TokenSummary {
    const sorted = this.#hashes.sort();
    const isByteToken = this.#isByteToken;
    return {
      hasDuplicates: sorted.some((value, index) => index > 0 && value === sorted[index - 1]),
      missingBytes: this.#hasByte.filter((has) => has === 0).length,
      hasInfillToken: this.#hasInfillToken,
      isByteToken: (index) => isByteToken[index] === 1,
    };
  }
}

function hash(buffer: Buffer, start: number, end: number): number {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let at = start; at < end; at++) {
    const byte = buffer[at] ?? 0;
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul(second ^ byte, 0x85ebca6b);
    second ^= second >>> 13;
  }
  return (first >>> 0) * 2 ** 20 + (second >>> 12);
}

/** 10 for `<0x0A>`; upper case only, as native code looks for it. */
function readByteToken(buffer: Buffer, start: number, end: number): number {
  if (end - start !== 6 || buffer[start] !== 0x3c || buffer[end - 1] !== 0x3e) return notHex;
  const match = /^<0x([0-9A-F]{2})>$/.exec(buffer.toString('latin1', start, end));
  return match ? Number.parseInt(match[1] ?? '', 16) : notHex;
}
