import { readCharacterClass } from './character-class.ts';
import {
  emptyExpression,
  grammarError,
  grammarLimits,
  type Expression,
  type Rule,
  type RuleSet,
} from './expression.ts';
import { GrammarText } from './grammar-text.ts';

const encoder = new TextEncoder();

interface NamedRule {
  readonly name: string;
  /** Where the name was first seen. */
  readonly at: number;
  definition: { body: Expression; at: number } | undefined;
}

/**
 * Reads GBNF as llama.cpp defines it: `name ::= …`, literals, classes, `.`, groups, `* + ? {m,n}`, `|` and `#`
 * comments; a rule ends with its line, except inside a group and after `|`. Stricter in four places, where llama.cpp
 * guesses: a rule defined twice, an empty class, `{n,m}` with m < n and half a surrogate pair are refused.
 */
export class GbnfReader {
  readonly #text: GrammarText;
  readonly #rules: NamedRule[] = [];
  readonly #indexes = new Map<string, number>();
  #depth = 0;
  #expressions = 0;

  constructor(text: string) {
    if (text.length > grammarLimits.characters) {
      throw grammarError(`it has ${text.length} characters; at most ${grammarLimits.characters} are allowed`);
    }
    this.#text = new GrammarText(text);
  }

  read(): RuleSet {
    this.#text.skipSpace(true);
    while (!this.#text.isAtEnd) this.#readRule();
    const rules = this.#rules.map((rule) => this.#finished(rule));
    const root = this.#indexes.get('root');
    if (root === undefined) throw grammarError('there is no rule named "root"');
    return { rules, root };
  }

  #finished({ name, at, definition }: NamedRule): Rule {
    if (!definition) throw this.#text.error(`the rule "${name}" is not defined`, at);
    return { name, body: definition.body, ...this.#text.placeOf(definition.at) };
  }

  #readRule(): void {
    const text = this.#text;
    const at = text.at;
    const name = text.readName();
    if (name === undefined) throw text.error('expected the name of a rule');
    const rule = this.#ruleNamed(name, at);
    text.skipSpace(false);
    if (!text.take('::=')) throw text.error('expected "::=" after the name of a rule');
    if (rule.definition) throw text.error(`the rule "${name}" is defined twice`, at);
    text.skipSpace(true);
    rule.definition = { body: this.#readChoice(false), at };
    if (!text.isAtEnd && !text.take('\n') && !text.take('\r')) throw text.error('expected the end of the line');
    text.skipSpace(true);
  }

  #ruleNamed(name: string, at: number): NamedRule {
    const rule = this.#rules[this.#indexOf(name, at)];
    if (!rule) throw new RangeError(`No rule ${name}.`);
    return rule;
  }

  #indexOf(name: string, at: number): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#rules.length;
    if (index >= grammarLimits.rules) throw grammarError(`it has more than ${grammarLimits.rules} rules`);
    this.#indexes.set(name, index);
    this.#rules.push({ name, at, definition: undefined });
    return index;
  }

  #readChoice(isNested: boolean): Expression {
    const options = [this.#readSequence(isNested)];
    while (this.#text.take('|')) {
      this.#text.skipSpace(true);
      options.push(this.#readSequence(isNested));
    }
    return options.length === 1 ? (options[0] ?? emptyExpression) : { kind: 'choice', options };
  }

  #readSequence(isNested: boolean): Expression {
    const parts: Expression[] = [];
    for (;;) {
      const part = this.#readPart();
      if (!part) break;
      this.#count();
      this.#text.skipSpace(isNested);
      parts.push(this.#readRepetitions(part, isNested));
    }
    return parts.length === 1 ? (parts[0] ?? emptyExpression) : { kind: 'sequence', parts };
  }

  #readPart(): Expression | undefined {
    const text = this.#text;
    if (text.take('"')) return this.#readLiteral();
    if (text.take('[')) return { kind: 'class', ranges: readCharacterClass(text) };
    if (text.take('.')) return { kind: 'class', ranges: [{ first: 0, last: 0x10ffff }] };
    if (text.take('(')) return this.#readGroup();
    if (text.isNext('<') || text.isNext('!')) {
      throw text.error('references to tokens (<…>) are not supported; write the text of the token');
    }
    const at = text.at;
    const name = text.readName();
    return name === undefined ? undefined : { kind: 'call', rule: this.#indexOf(name, at) };
  }

  #readLiteral(): Expression {
    const text = this.#text;
    let characters = '';
    while (!text.take('"')) {
      const at = text.at;
      const codePoint = text.readCharacter();
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
        throw text.error('half of a surrogate pair is no character', at);
      }
      characters += String.fromCodePoint(codePoint);
    }
    return { kind: 'literal', bytes: [...encoder.encode(characters)] };
  }

  #readGroup(): Expression {
    if (++this.#depth > grammarLimits.nesting) {
      throw this.#text.error(`groups are nested deeper than ${grammarLimits.nesting}`);
    }
    this.#text.skipSpace(true);
    const body = this.#readChoice(true);
    if (!this.#text.take(')')) throw this.#text.error('expected ")"');
    this.#depth--;
    return body;
  }

  #readRepetitions(part: Expression, isNested: boolean): Expression {
    let result = part;
    for (let depth = 0; ; depth++) {
      const times = this.#text.readRepetition();
      if (!times) return result;
      if (depth > 8) throw this.#text.error('too many repetitions of one part');
      this.#count();
      this.#text.skipSpace(isNested);
      result = { kind: 'repeat', body: result, ...times };
    }
  }

  #count(): void {
    if (++this.#expressions > grammarLimits.expressions) {
      throw grammarError(`it has more than ${grammarLimits.expressions} parts`);
    }
  }
}
