const encoder = new TextEncoder();

/** GPT-2's table: printable Latin-1 stands for itself, every other byte for a character from U+0100 on. */
const byteOfCharacter = new Map<string, number>();
for (let byte = 0, extra = 0x100; byte < 0x100; byte++) {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  byteOfCharacter.set(String.fromCodePoint(isPrintable ? byte : extra++), byte);
}

/** The bytes that a token's text in a byte-pair vocabulary stands for. */
export function bytesOfBytePairText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
