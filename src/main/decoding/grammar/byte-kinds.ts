/** Bytes that grammars usually treat alike, at most 31 kinds: a set of them is one integer. */
const kinds = ['09', 'af', 'gz', 'AF', 'GZ', '  ', '""', '\\\\', '//', '\n\n', '\t\t', '\r\r', '\x00\x1f', '\x7f\x7f'];
const moreKinds = [
  '..',
  '--',
  '__',
  ',,',
  '::',
  '{{',
  '}}',
  '[[',
  ']]',
  '\x80\xbf',
  '\xc0\xdf',
  '\xe0\xef',
  '\xf0\xff',
];

/** The kind of each byte; bytes not named above share one. */
export const kindOfByte = new Uint8Array(256);
export const kindCount = kinds.length + moreKinds.length + 1;

for (const [index, name] of [...kinds, ...moreKinds].entries()) {
  for (let byte = name.charCodeAt(0); byte <= name.charCodeAt(1); byte++) {
    if (kindOfByte[byte] === 0) kindOfByte[byte] = index + 1;
  }
}

/** Bytes of each kind. */
export const bytesOfKind: readonly (readonly number[])[] = Array.from({ length: kindCount }, (_, kind) =>
  [...kindOfByte.keys()].filter((byte) => kindOfByte[byte] === kind),
);
