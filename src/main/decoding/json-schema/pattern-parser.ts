import { codePoints } from './code-points.ts';
import {
  anyButLineEnd,
  classEscape,
  exactly,
  invertReading,
  unicodeProperty,
  uniteReadings,
  type ClassReading,
} from './pattern-classes.ts';
import { inOrder, oneOfThese, setOf, times, type Regex } from './regex.ts';

/** Why a pattern cannot be enforced, to be said behind "the pattern". */
export class PatternError extends Error {}

/** `must`: texts that match for every reader. `may`: texts that match for some reader. */
export type Reading = 'must' | 'may';

const longestPattern = 5000;
const deepestGroup = 50;
const largestCount = 100_000;

/** An ECMA-262 pattern as it stands in a schema: it may match anywhere in the text. */
export function parsePattern(source: string, reading: Reading): Regex {
  if (source.length > longestPattern) throw new PatternError('is too long');
  return new PatternParser(source, reading).parse();
}

class PatternParser {
  readonly #characters: readonly string[];
  readonly #reading: Reading;
  #position = 0;
  #depth = 0;

  constructor(source: string, reading: Reading) {
    this.#characters = [...source];
    this.#reading = reading;
  }

  parse(): Regex {
    const regex = this.#alternatives();
    if (this.#peek() !== undefined) throw new PatternError('has a `)` without its `(`');
    return regex;
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#position + ahead];
  }

  #take(): string {
    const character = this.#peek();
    if (character === undefined) throw new PatternError('ends too early');
    this.#position++;
    return character;
  }

  #skip(text: string): boolean {
    const isThere = [...text].every((character, index) => this.#peek(index) === character);
    if (isThere) this.#position += text.length;
    return isThere;
  }

  #alternatives(): Regex {
    const branches = [this.#terms()];
    while (this.#skip('|')) branches.push(this.#terms());
    return oneOfThese(...branches);
  }

  #terms(): Regex {
    const terms: Regex[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      terms.push(this.#quantified(this.#atom()));
    }
    return inOrder(...terms);
  }

  #atom(): Regex {
    const character = this.#take();
    switch (character) {
      case '^':
        return { kind: 'begin' };
      case '$':
        return this.#end();
      case '(':
        return this.#group();
      case '[':
        return this.#set(this.#bracket());
      case '.':
        return this.#set(anyButLineEnd);
      case '\\':
        return this.#set(this.#escape());
      case '*':
      case '+':
      case '?':
        throw new PatternError(`has a \`${character}\` that repeats nothing`);
      default:
        return setOf(codePoints([character]));
    }
  }

  #set(reading: ClassReading): Regex {
    return setOf(reading[this.#reading]);
  }

  /** Some readers let `$` stand before a last line feed. */
  #end(): Regex {
    if (this.#reading === 'must') return { kind: 'end' };
    return oneOfThese({ kind: 'end' }, inOrder(setOf(codePoints(['\n'])), { kind: 'end' }));
  }

  #group(): Regex {
    if (++this.#depth > deepestGroup) throw new PatternError('nests too many groups');
    if (this.#skip('?')) this.#groupKind();
    const inner = this.#alternatives();
    if (!this.#skip(')')) throw new PatternError('has a `(` without its `)`');
    this.#depth--;
    return inner;
  }

  #groupKind(): void {
    if (this.#skip(':')) return;
    const isLookaround = this.#peek() === '=' || this.#peek() === '!';
    if (isLookaround || this.#skip('<=') || this.#skip('<!')) throw new PatternError('looks ahead or behind');
    if (!this.#skip('<')) throw new PatternError('has a group of unknown kind');
    while (this.#take() !== '>');
  }

  #quantified(atom: Regex): Regex {
    const count = this.#count();
    if (!count) return atom;
    if (atom.kind === 'begin' || atom.kind === 'end') throw new PatternError('repeats a border');
    this.#skip('?');
    const next = this.#peek();
    if (next === '*' || next === '+' || next === '?') throw new PatternError('repeats a repetition');
    return times(atom, count.min, count.max);
  }

  #count(): { min: number; max: number } | undefined {
    if (this.#skip('*')) return { min: 0, max: Infinity };
    if (this.#skip('+')) return { min: 1, max: Infinity };
    if (this.#skip('?')) return { min: 0, max: 1 };
    const rest = this.#characters.slice(this.#position, this.#position + 24).join('');
    const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(rest);
    if (!match) return undefined;
    this.#position += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] ? Number(match[3]) : Infinity;
    if (min > max) throw new PatternError('repeats at least more often than at most');
    if (min > largestCount || (max !== Infinity && max > largestCount)) {
      throw new PatternError(`repeats more than ${String(largestCount)} times`);
    }
    return { min, max };
  }

  #bracket(): ClassReading {
    const isInverted = this.#skip('^');
    const parts: ClassReading[] = [];
    while (!this.#skip(']')) parts.push(this.#bracketPart());
    const united = uniteReadings(parts);
    return isInverted ? invertReading(united) : united;
  }

  #bracketPart(): ClassReading {
    const low = this.#bracketCharacter();
    const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined;
    if (!isRange) return typeof low === 'number' ? exactly(codePoints([low])) : low;
    this.#take();
    const high = this.#bracketCharacter();
    if (typeof low !== 'number' || typeof high !== 'number') throw new PatternError('has a range of classes');
    if (low > high) throw new PatternError('has a range that runs backwards');
    return exactly(codePoints([low, high]));
  }

  #bracketCharacter(): number | ClassReading {
    const character = this.#take();
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    if (this.#skip('b')) return 0x08;
    const reading = this.#escape();
    const [range] = reading.must;
    const isSingle = reading.must.length === 1 && range?.low === range?.high;
    return isSingle && range ? range.low : reading;
  }

  #escape(): ClassReading {
    const letter = this.#take();
    const reading = classEscape(letter);
    if (reading) return reading;
    return letter === 'p' || letter === 'P' ? this.#property(letter === 'P') : this.#characterEscape(letter);
  }

  #characterEscape(letter: string): ClassReading {
    if (letter === 'c' && /^[A-Za-z]$/.test(this.#peek() ?? '')) {
      return exactly(codePoints([(this.#take().codePointAt(0) ?? 0) & 0x1f]));
    }
    const control = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d }[letter];
    if (control !== undefined) return exactly(codePoints([control]));
    if (letter === 'u') return exactly(codePoints([this.#unicode()]));
    if (letter === 'x') return exactly(codePoints([this.#hex(2)]));
    if (letter === '0' && !/^\d$/.test(this.#peek() ?? '')) return exactly(codePoints([0]));
    if (/^[A-Za-z0-9]$/.test(letter)) throw new PatternError(`uses \\${letter}, which has no exact grammar`);
    return exactly(codePoints([letter]));
  }

  #property(isInverted: boolean): ClassReading {
    let name = '';
    if (this.#skip('{')) for (let next = this.#take(); next !== '}'; next = this.#take()) name += next;
    const reading = unicodeProperty(name);
    if (!reading) throw new PatternError(`uses \\p{${name}}, which has no exact grammar`);
    return isInverted ? invertReading(reading) : reading;
  }

  #unicode(): number {
    if (this.#skip('{')) {
      let digits = '';
      for (let digit = this.#take(); digit !== '}'; digit = this.#take()) digits += digit;
      return this.#checked(digits, /^[0-9A-Fa-f]{1,6}$/);
    }
    const high = this.#hex(4);
    if (high < 0xd800 || high > 0xdbff || !this.#skip('\\u')) return this.#checked(high.toString(16), /./);
    const low = this.#hex(4);
    if (low < 0xdc00 || low > 0xdfff) throw new PatternError('has half a surrogate pair');
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  #hex(count: number): number {
    let digits = '';
    for (let index = 0; index < count; index++) digits += this.#take();
    if (!/^[0-9A-Fa-f]+$/.test(digits)) throw new PatternError('has an escape without its digits');
    return Number.parseInt(digits, 16);
  }

  #checked(digits: string, shape: RegExp): number {
    const code = shape.test(digits) ? Number.parseInt(digits, 16) : Infinity;
    if (code > 0x10ffff) throw new PatternError('names no code point');
    if (code >= 0xd800 && code <= 0xdfff) throw new PatternError('has half a surrogate pair');
    return code;
  }
}
