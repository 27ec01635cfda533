const encoder = new TextEncoder();

/** Plus one, so that zero is none: the byte that a character of GPT-2's table stands for, by its code. */
const byteAfter = new Uint16Array(0x200);
for (let byte = 0, extra = 0x100; byte < 0x100; byte++) {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  byteAfter[isPrintable ? byte : extra++] = byte + 1;
}

/**
 * The bytes that a token's text in a byte-pair vocabulary stands for. Printable Latin-1 stands for itself, every other
 * byte for a character from U+0100 on.
 */
export function bytesOfBytePairText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const after = byteAfter[text.charCodeAt(at)] ?? 0;
    if (after === 0) return bytesOfMixedText(text);
    bytes[at] = after - 1;
  }
  return bytes;
}

/** A character that is not in the table stands for itself. */
function bytesOfMixedText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const after = byteAfter[character.codePointAt(0) ?? 0] ?? 0;
    if (after === 0) bytes.push(...encoder.encode(character));
    else bytes.push(after - 1);
  }
  return Uint8Array.from(bytes);
}
