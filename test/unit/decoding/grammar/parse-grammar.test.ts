import { describe, expect, test } from 'vitest';
import { GrammarMatcher, parseGrammar } from '#main/decoding/grammar/index.ts';
import { grammarLimits } from '#main/decoding/grammar/expression.ts';
import { isAppError } from '#shared/errors/app-error.ts';

/** Code, place and message of the error. */
function errorOf(grammar: string): { code: string; place: unknown; message: string } {
  try {
    parseGrammar(grammar);
  } catch (error) {
    if (isAppError(error)) return { code: error.code, place: error.data, message: error.message };
    throw error;
  }
  throw new Error('It was parsed.');
}

describe('parseGrammar', () => {
  test.each([
    ['root ::= missing', 1, 10, 'the rule "missing" is not defined'],
    ['root ::= "a"\nx ::= "b" missing', 2, 11, 'the rule "missing" is not defined'],
    ['root ::= "a"\nroot ::= "b"', 2, 1, 'the rule "root" is defined twice'],
    ['root = "a"', 1, 6, 'expected "::="'],
    ['root ::= "a', 1, 12, 'not closed'],
    ['root ::= [a', 1, 12, 'not closed'],
    ['root ::= []', 1, 10, 'the class is empty'],
    ['root ::= [z-a]', 1, 12, 'ends before it begins'],
    [String.raw`root ::= "\q"`, 1, 11, 'unknown escape "\\q"'],
    [String.raw`root ::= "\u12"`, 1, 11, 'expected 4 hexadecimal digits'],
    [String.raw`root ::= "\U00110000"`, 1, 11, 'no characters beyond U+10FFFF'],
    [String.raw`root ::= "\ud800"`, 1, 11, 'half of a surrogate pair'],
    ['root ::= "a"{3,2}', 1, 13, 'ends before it begins'],
    ['root ::= "a"{x}', 1, 13, 'expected {m}, {m,} or {m,n}'],
    ['root ::= *', 1, 10, 'expected the end of the line'],
    ['root ::= ("a"', 1, 14, 'expected ")"'],
    ['root ::= "a")', 1, 13, 'expected the end of the line'],
    ['root ::= <think>', 1, 10, 'references to tokens'],
    ['root ::= <[12]>', 1, 10, 'references to tokens'],
    ['root ::= root "a" | "b"', 1, 1, 'the rule "root" calls itself before it reads anything (left recursion)'],
    ['root ::= "x" | a\na ::= b? "y"? a | "w"\nb ::= "z"?', 2, 1, 'the rule "a" calls itself'],
    ['root ::= "x" root', 1, 1, 'no text matches it'],
    [String.raw`root ::= [\ud800-\udfff]`, 1, 1, 'no text matches it'],
  ])('names the place of what is wrong: %s', (grammar, line, column, message) => {
    const error = errorOf(grammar);
    expect(error.code).toBe('invalid-request');
    expect(error.message).toContain(message);
    expect(error.place).toEqual({ line, column });
  });

  test('wants a rule named root', () => {
    expect(errorOf('start ::= "a"').message).toContain('there is no rule named "root"');
    expect(errorOf('').message).toContain('there is no rule named "root"');
  });

  test('takes comments, line ends of all systems and rules over several lines', () => {
    const grammar =
      '# first\r\nroot ::= # second\r\n  "a" ( # third\r\n  "b" |\r\n  "c"\r\n) |\r\n  "d"\r\n\r\nother ::= "e"';
    const matcher = new GrammarMatcher(parseGrammar(grammar));
    expect(matcher.accept(Buffer.from('ac'))).toBe(true);
  });

  test('finds the left recursion behind rules that may be empty', () => {
    expect(errorOf('root ::= a\na ::= empty root "x" | "y"\nempty ::= ""').message).toContain('left recursion');
    expect(() => parseGrammar('root ::= "x" root | "y"')).not.toThrow();
  });

  test('takes loops of what may be empty', () => {
    const matcher = new GrammarMatcher(parseGrammar('root ::= (("a"?)* b*){0,9} "!"\nb ::= "b"*'));
    expect(matcher.accept(Buffer.from('aabba!'))).toBe(true);
  });
});

describe('hostile grammars', () => {
  const refused: [name: string, grammar: () => string, message: string][] = [
    ['five million characters', () => `root ::= "${'a'.repeat(5_000_000)}"`, 'at most 1000000'],
    [
      '100,000 rules',
      () =>
        `root ::= ${range(100_000)
          .map((n) => `r${n}`)
          .join(' ')}`,
      'more than 50000 rules',
    ],
    ['deep groups', () => `root ::= ${'('.repeat(10_000)}"a"${')'.repeat(10_000)}`, 'nested deeper than 400'],
    ['repetitions without number', () => `root ::= "a"${'{9}'.repeat(1000)}`, 'too many repetitions'],
    ['counts of counts', () => `root ::= ${'('.repeat(9)}"a"${'{0,999999999})'.repeat(9)}`, 'multiply beyond measure'],
    ['a circle of 40,000 rules', () => rules(40_000, (next) => next), 'no text matches it'],
    ['left recursion through 30,000 rules', () => rules(30_000, (next) => `${next} "x" | "y"`), 'left recursion'],
  ];

  test.each(refused)('are refused at once: %s', (_, grammar, message) => {
    const text = grammar();
    const start = performance.now();
    expect(errorOf(text).message).toContain(message);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  const bounded: [name: string, grammar: () => string, text: string][] = [
    ['exponentially many readings', () => 'root ::= ("a" | "a" | "a")* "b"', 'a'.repeat(300)],
    ['exponentially many stacks', () => 'root ::= "a" root "b" | "a" root "c" | "-"', 'a'.repeat(300)],
    ['a chain of 40,000 rules', () => rules(40_000, (next) => `"a" ${next}`, '"b"'), 'aaaa'],
    ['a chain of 30,000 rules before the first byte', () => rules(30_000, (next) => `${next} "a" | "b"`, '"b"'), 'b'],
    ['an enum of 20,000 values', () => `root ::= ${range(20_000).map((n) => `"v${n}x"`).join(' | ')}`, 'v1999'], // prettier-ignore
    ['a huge count', () => 'root ::= ("ab" | "a"){0,1000000000} "c"', 'aab'.repeat(50)],
    ['counts of what may be empty', () => 'root ::= ("a"?){0,1000000} "c"', 'a'.repeat(100)],
    ['400 nested loops', () => `root ::= ${'('.repeat(400)}"a"${')*'.repeat(400)}`, 'a'.repeat(50)],
  ];

  test.each(bounded)('cost no more than they should: %s', (_, grammar, text) => {
    const source = grammar();
    const start = performance.now();
    const matcher = new GrammarMatcher(parseGrammar(source));
    expect(matcher.accept(Buffer.from(text))).toBe(true);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('a text with too many readings ends in an error that says so', () => {
    const matcher = new GrammarMatcher(parseGrammar('root ::= e\ne ::= "a" e e | "a" e | "a"'));
    expect(() => matcher.accept(Buffer.from('a'.repeat(20_000)))).toThrow(/too many ways/);
  });

  test('limits are met exactly', () => {
    expect(() => parseGrammar(rules(grammarLimits.rules - 1, () => '"a"'))).not.toThrow();
  });
});

/** `root` and as many rules as wanted; each is written with the name of the next. */
function rules(count: number, body: (next: string) => string, last = body('r0')): string {
  const lines = range(count).map((index) => `r${index} ::= ${index === count - 1 ? last : body(`r${index + 1}`)}`);
  return ['root ::= r0', ...lines].join('\n');
}

function range(count: number): number[] {
  return [...Array(count).keys()];
}
