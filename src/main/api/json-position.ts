type Container = '{' | '[';
type Expectation = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

const whitespace = /[ \t\r\n]*/y;
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const plainCharacters = /[ !#-[\]-\uffff]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds the first character that cannot be JSON, in a text that `JSON.parse` has refused: its own message does not
 * always tell where. Depth costs one array entry, so a hostile nesting is no danger.
 */
class Scanner {
  readonly #text: string;
  readonly #open: Container[] = [];
  #expected: Expectation = 'value';
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Offset of the first wrong character; the text's length when it ends too early. */
  findError(): number {
    do this.#take(whitespace);
    while (this.#offset < this.#text.length && this.#accept(this.#text[this.#offset] ?? ''));
    return this.#offset;
  }

  /** Consumes one token, or answers false and stays where it is wrong. */
  #accept(character: string): boolean {
    switch (this.#expected) {
      case 'value':
        return this.#acceptValue(character);
      case 'value-or-end':
        return character === ']' ? this.#close('[') : this.#acceptValue(character);
      case 'key':
        return character === '"' && this.#takeString('colon');
      case 'key-or-end':
        return character === '}' ? this.#close('{') : character === '"' && this.#takeString('colon');
      case 'colon':
        return character === ':' && this.#step('value');
      case 'comma-or-end':
        return this.#acceptCommaOrEnd(character);
      default:
        return this.#expected satisfies never;
    }
  }

  #acceptValue(character: string): boolean {
    if (character === '"') return this.#takeString('comma-or-end');
    if (character === '{' || character === '[') {
      this.#open.push(character);
      return this.#step(character === '{' ? 'key-or-end' : 'value-or-end');
    }
    if (!this.#take(literal)) return false;
    this.#expected = 'comma-or-end';
    return true;
  }

  #acceptCommaOrEnd(character: string): boolean {
    const container = this.#open.at(-1);
    if (container === undefined) return false;
    if (character === ',') return this.#step(container === '{' ? 'key' : 'value');
    return character === (container === '{' ? '}' : ']') && this.#close(container);
  }

  #close(container: Container): boolean {
    if (this.#open.at(-1) !== container) return false;
    this.#open.pop();
    return this.#step('comma-or-end');
  }

  #step(expected: Expectation): true {
    this.#offset += 1;
    this.#expected = expected;
    return true;
  }

  #takeString(expected: Expectation): boolean {
    this.#offset += 1;
    do this.#take(plainCharacters);
    while (this.#take(escapeSequence));
    if (this.#text[this.#offset] !== '"') return false;
    return this.#step(expected);
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    const isMatch = pattern.test(this.#text);
    if (isMatch) this.#offset = pattern.lastIndex;
    return isMatch;
  }
}

export interface JsonErrorPlace {
  /** Characters before it. */
  offset: number;
  /** Both from 1. */
  line: number;
  column: number;
  /** The text ends where more was expected. */
  isAtEnd: boolean;
}

export function findJsonError(text: string): JsonErrorPlace {
  const offset = new Scanner(text).findError();
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    offset,
    line: before.split('\n').length,
    column: offset - lineStart + 1,
    isAtEnd: offset >= text.length,
  };
}
