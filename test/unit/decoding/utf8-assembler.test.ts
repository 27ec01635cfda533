import { describe, expect, test } from 'vitest';
import { Utf8Assembler } from '#main/decoding/index.ts';
import { createRandom } from '#test/support/random.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('Utf8Assembler', () => {
  test('a code point cut over three tokens appears with its last byte', () => {
    const assembler = new Utf8Assembler();
    expect(assembler.push(Uint8Array.of(0x61, 0xe2))).toBe('a');
    expect(assembler.isPending).toBe(true);
    expect(assembler.push(Uint8Array.of(0x82))).toBe('');
    expect(assembler.push(Uint8Array.of(0xac, 0x62))).toBe('€b');
    expect(assembler.isPending).toBe(false);
    expect(assembler.flush()).toBe('');
  });

  test('an answer that ends inside a code point ends with U+FFFD', () => {
    const assembler = new Utf8Assembler();
    expect(assembler.push(bytesOf('ok 😀').subarray(0, 5))).toBe('ok ');
    expect(assembler.flush()).toBe('\ufffd');
    expect(assembler.flush()).toBe('');
  });

  test('bytes that are no UTF-8 become U+FFFD at once', () => {
    const assembler = new Utf8Assembler();
    expect(assembler.push(Uint8Array.of(0x41, 0xff, 0x80, 0x42))).toBe('A\ufffd\ufffdB');
  });

  test('a byte order mark inside an answer is kept', () => {
    expect(new Utf8Assembler().push(bytesOf('\ufeffx'))).toBe('\ufeffx');
  });

  test('any cuts of any bytes give the text of decoding them at once', () => {
    const random = createRandom(7);
    const alphabet = [0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0xef, 0xf0, 0x9f, 0x98, 0xf4, 0xf5, 0xff];
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: random.below(24) }, () => alphabet[random.below(alphabet.length)] ?? 0);
      const assembler = new Utf8Assembler();
      let text = '';
      for (let start = 0; start < bytes.length;) {
        const end = Math.min(bytes.length, start + 1 + random.below(4));
        text += assembler.push(bytes.subarray(start, end));
        start = end;
      }
      text += assembler.flush();
      expect(text).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }
  });
});
