import { codePoints, intersect, invert, unite, type CodePoints } from './code-points.ts';

/**
 * What a class escape admits. Readers of one schema disagree (ECMA-262 without Unicode classes, Python with them), so
 * each escape has two readings: what it admits for all of them, and what it may admit for one of them.
 */
export interface ClassReading {
  readonly must: CodePoints;
  readonly may: CodePoints;
}

const asciiDigits = codePoints(['0', '9']);
const asciiWord = codePoints(['0', '9'], ['A', 'Z'], ['a', 'z'], ['_']);

/** Beyond ASCII, code points that no reader counts as a digit or a word character. */
const plainSymbols = codePoints([0x2010, 0x2027], [0x2030, 0x205e], [0x2190, 0x245f], [0x3001, 0x3003]);
/** Beyond ASCII, letters and symbols that no reader counts as a decimal digit. */
const noDigits = unite([
  ...codePoints([0x80, 0x65f], [0x3041, 0x30ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3], [0x1f300, 0x1faff]),
  ...plainSymbols,
]);
const beyondAscii = codePoints([0x80, 0x10ffff]);
const mayBeDigit = unite([...asciiDigits, ...intersect(beyondAscii, invert(noDigits))]);
const mayBeWord = unite([...asciiWord, ...intersect(beyondAscii, invert(plainSymbols))]);

const sharedSpaces = codePoints(
  [0x09, 0x0d],
  [0x20],
  [0xa0],
  [0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f],
  [0x205f],
  [0x3000],
);
const anySpaces = unite([...sharedSpaces, ...codePoints([0x1c, 0x1f], [0x85], [0xfeff])]);

const classes: Readonly<Record<string, ClassReading>> = {
  d: { must: asciiDigits, may: mayBeDigit },
  D: { must: invert(mayBeDigit), may: invert(asciiDigits) },
  w: { must: asciiWord, may: mayBeWord },
  W: { must: invert(mayBeWord), may: invert(asciiWord) },
  s: { must: sharedSpaces, may: anySpaces },
  S: { must: invert(anySpaces), may: invert(sharedSpaces) },
};

/** The reading of `\d`, `\D`, `\w`, `\W`, `\s` and `\S`. */
export function classEscape(letter: string): ClassReading | undefined {
  return Object.hasOwn(classes, letter) ? classes[letter] : undefined;
}

/** What `.` admits: Python stops at a line feed only, ECMA-262 at every line end. */
export const anyButLineEnd: ClassReading = {
  must: invert(codePoints([0x0a], [0x0d], [0x2028, 0x2029])),
  may: invert(codePoints([0x0a])),
};

export function exactly(set: CodePoints): ClassReading {
  return { must: set, may: set };
}

export function uniteReadings(readings: readonly ClassReading[]): ClassReading {
  return { must: unite(readings.flatMap(({ must }) => must)), may: unite(readings.flatMap(({ may }) => may)) };
}

/** The opposite of a class: certain is only what nobody admits. */
export function invertReading({ must, may }: ClassReading): ClassReading {
  return { must: invert(may), may: invert(must) };
}

const upperCase = codePoints(['A', 'Z'], [0xc0, 0xd6], [0xd8, 0xde], [0x391, 0x3a1], [0x3a3, 0x3a9], [0x410, 0x42f]);
const lowerCase = codePoints(['a', 'z'], [0xdf, 0xf6], [0xf8, 0xff], [0x3b1, 0x3c9], [0x430, 0x44f]);
const otherLetters = codePoints([0x100, 0x17f], [0x3041, 0x3096], [0x30a1, 0x30fa], [0x4e00, 0x9fa5], [0xac00, 0xd7a3]);
const letters = unite([...upperCase, ...lowerCase, ...otherLetters]);
const decimals = codePoints(['0', '9'], [0x660, 0x669], [0x966, 0x96f], [0xff10, 0xff19]);

const properties: readonly (readonly [string, CodePoints])[] = [
  ['L', letters],
  ['Letter', letters],
  ['Lu', upperCase],
  ['Uppercase_Letter', upperCase],
  ['Ll', lowerCase],
  ['Lowercase_Letter', lowerCase],
  ['N', decimals],
  ['Number', decimals],
  ['Nd', decimals],
  ['Decimal_Number', decimals],
];

/** `\p{…}` for letters and digits: the scripts that are spelled out here surely, any code point beyond ASCII maybe. */
export function unicodeProperty(name: string): ClassReading | undefined {
  const must = properties.find(([known]) => known === name)?.[1];
  return must && { must, may: unite([...must, ...beyondAscii]) };
}
