import type { Budget } from './budget.ts';
import { repeat, rule, sequence, choice, never, nothing, type Expression } from './expression.ts';

/**
 * Up to this, a repetition is one counter, which costs our matcher nothing per count. (llama.cpp takes a count above
 * 2,000 for an endless one; no engine of ours asks it.)
 */
const blockSize = 65_536;

/** Names that belong to us, whatever a caller wishes for. */
const fixedNames = [
  'root',
  ...['json-array', 'json-char', 'json-integer', 'json-number', 'json-object', 'json-string', 'json-unicode'],
  'json-value',
];

/** The rules of one grammar in the making: names without collisions, repetitions that stay small. */
export class RuleBook {
  readonly rules = new Map<string, Expression>();
  readonly #reserved = new Set<string>();
  readonly #numbers = new Map<string, number>();
  readonly #shared = new Map<string, Expression>();
  budget: Budget;

  constructor(budget: Budget) {
    this.budget = budget;
    for (const name of fixedNames) this.#reserved.add(name);
  }

  /** A free name made from the wish, of letters, digits and `-`. */
  reserve(wish: string): string {
    const base =
      wish
        .replaceAll(/[^A-Za-z0-9]+/g, '-')
        .replaceAll(/^-+|-+$/g, '')
        .slice(0, 60) || 'rule';
    let name = base;
    let number = this.#numbers.get(base) ?? 2;
    for (; this.#reserved.has(name); number++) name = `${base}-${String(number)}`;
    this.#numbers.set(base, number);
    this.#reserved.add(name);
    return name;
  }

  isDefined(name: string): boolean {
    return this.rules.has(name);
  }

  define(name: string, expression: Expression): Expression {
    this.budget.tick();
    this.#reserved.add(name);
    this.rules.set(name, expression);
    this.budget.checkRules(this.rules.size);
    return rule(name);
  }

  /** The expression behind a name of its own, unless it is short anyway. */
  named(wish: string, expression: Expression): Expression {
    const { kind } = expression;
    if (kind === 'text' || kind === 'class' || kind === 'rule') return expression;
    return this.define(this.reserve(wish), expression);
  }

  /** The same, for a choice of more than two. */
  namedIfLong(wish: string, expression: Expression): Expression {
    return expression.kind === 'choice' && expression.items.length > 2 ? this.named(wish, expression) : expression;
  }

  /** What was made before under that key, else what is made now. */
  shared(key: string, make: () => Expression): Expression {
    const known = this.#shared.get(key);
    if (known) return known;
    const made = make();
    this.#shared.set(key, made);
    return made;
  }

  /** `item` from `min` to `max` times; a large count becomes blocks of blocks, each count in one way only. */
  repeated(item: Expression, min: number, max: number): Expression {
    if (max < min) return never;
    if (max <= blockSize || (max === Infinity && min <= blockSize)) return repeat(this.#unit(item, max), min, max);
    const unit = this.#unit(item, max);
    const rest = max === Infinity ? repeat(unit, 0, Infinity) : this.#atMost(unit, max - min);
    return sequence(this.#exactly(unit, min), rest);
  }

  #unit(item: Expression, max: number): Expression {
    return max > 3 && max !== Infinity ? this.named('item', item) : item;
  }

  #exactly(item: Expression, count: number): Expression {
    if (count === 0) return nothing;
    if (count <= blockSize) return repeat(item, count, count);
    const block = this.named('block', repeat(item, blockSize, blockSize));
    const rest = count % blockSize;
    return sequence(this.#exactly(block, (count - rest) / blockSize), this.#exactly(item, rest));
  }

  #atMost(item: Expression, count: number): Expression {
    if (count <= blockSize) return repeat(item, 0, count);
    const rest = (count + 1) % blockSize;
    const blocks = (count + 1 - rest) / blockSize;
    const block = this.named('block', repeat(item, blockSize, blockSize));
    const below = sequence(this.#atMost(block, blocks - 1), repeat(item, 0, blockSize - 1));
    if (rest === 0) return below;
    return choice(below, sequence(this.#exactly(block, blocks), repeat(item, 0, rest - 1)));
  }
}
