import { expect, test } from 'vitest';
import { bytesOfBytePairText } from '#main/engines/llama-cpp/byte-pair-text.ts';

const rows: [string, string, number[]][] = [
  ['printable characters stand for themselves', 'Az~', [0x41, 0x7a, 0x7e]],
  ['a space, a line feed and a null have characters of their own', 'ĠĊĀ', [0x20, 0x0a, 0x00]],
  ['bytes above ASCII', '¡ÿ', [0xa1, 0xff]],
  ['a soft hyphen has a character of its own', 'Ń', [0xad]],
  ['what is not in the table stands for its own UTF-8', 'Ġ漢😀', [0x20, 0xe6, 0xbc, 0xa2, 0xf0, 0x9f, 0x98, 0x80]],
  ['nothing', '', []],
];

test.each(rows)('%s', (_, text, bytes) => {
  expect([...bytesOfBytePairText(text)]).toEqual(bytes);
});
