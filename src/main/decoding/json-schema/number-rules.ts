import { both, minimise, type Automaton, type AutomatonLimits, type State } from './automaton.ts';
import { automatonExpression } from './automaton-expression.ts';
import { decimalsBetween, integersBetween, largestInteger, mostDigits } from './decimal-numbers.ts';
import { choice, never, rule, sequence, text, type Expression } from './expression.ts';
import { ceilingTimes, floorTimes, type Fraction } from './fractions.ts';
import { checkReach, numberShape, scaledBounds, type NumberShape } from './number-shape.ts';
import { exactText, inOrder, oneOfThese, type Regex } from './regex.ts';
import { toAutomaton } from './regex-automaton.ts';
import { regexExpression } from './regex-expression.ts';
import { refuse } from './refusal.ts';
import type { RuleBook } from './rule-book.ts';
import { isInBounds } from './schema-check.ts';
import type { SchemaNode } from './schema-document.ts';
import { asThemselves } from './spelling.ts';

const mostListed = 500;
/** Largest step, without its final zeros, that a digit automaton follows. */
const largestStep = 100n;
const maxStates = 10_000;

/** Numbers that satisfy all nodes. */
export function numberExpression(
  nodes: readonly SchemaNode[],
  { book, isInteger }: { book: RuleBook; isInteger: boolean },
): Expression {
  const shape = numberShape(nodes, isInteger);
  checkReach(nodes, shape);
  if (shape.factor) return multiples(nodes, { shape, factor: shape.factor, book });
  const isFree = shape.low === -Infinity && shape.high === Infinity;
  if (isFree) return shape.isInteger ? anyInteger(book) : anyNumber(book);
  const write = (regex: Regex): Expression => regexExpression(regex, { book, spell: asThemselves });
  if (shape.isInteger) {
    const { low, high } = scaledBounds(shape, 1n, largestInteger);
    return low > high ? never : write(integersBetween(low, high));
  }
  const { places, limit } = placesFor(shape);
  const { low, high } = scaledBounds(shape, 10n ** BigInt(places), limit);
  return low > high ? never : write(decimalsBetween(low, high, places));
}

export function anyInteger(book: RuleBook): Expression {
  const name = 'json-integer';
  if (!book.isDefined(name)) {
    book.define(name, { kind: 'raw', body: `"0" | "-"? [1-9] [0-9]{0,${String(mostDigits - 1)}}` });
  }
  return rule(name);
}

export function anyNumber(book: RuleBook): Expression {
  const name = 'json-number';
  if (!book.isDefined(name)) {
    const body = '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([Ee] [-+]? [0-9]{1,2})?';
    book.define(name, { kind: 'raw', body: body.replace('[-+]', '[+\\x2D]') });
  }
  return rule(name);
}

/** Digits behind the point, so that all digits together stay exact for every reader. */
function placesFor({ low, high }: NumberShape): { places: number; limit: bigint } {
  const bounds = [low, high].filter((bound) => Number.isFinite(bound)).map((bound) => Math.abs(bound));
  const largest = Math.min(Math.max(...bounds), 1e15 - 1);
  const digits = Math.max(1, String(Math.trunc(largest)).length);
  const whole = bounds.length === 2 ? digits : Math.max(9, digits);
  const places = Math.max(0, mostDigits - whole);
  return { places, limit: 10n ** BigInt(whole + places) - 1n };
}

interface Multiples {
  shape: NumberShape;
  factor: Fraction;
  book: RuleBook;
}

function multiples(nodes: readonly SchemaNode[], { shape, factor, book }: Multiples): Expression {
  const quotients = quotientBounds(shape, factor);
  const count = quotients && quotients.high - quotients.low + 1n;
  if (quotients && count !== undefined && count <= mostListed) return listed(nodes, { ...quotients, factor, shape });
  const isBinary = 16n % factor.bottom === 0n;
  if (shape.isInteger && isBinary) return wholeMultiples(shape, { step: factor.top, book });
  const steps = fractionSteps(factor);
  const hasWholeBounds = [shape.low, shape.high].every((bound) => !Number.isFinite(bound) || Number.isInteger(bound));
  if (steps && hasWholeBounds) return fractionMultiples(shape, { steps, book });
  const reason = 'multiples of that number have no exact grammar here';
  const hint =
    'Use a whole number, a half, a quarter or an eighth, or give minimum and maximum with few values between.';
  return refuse({ path: shape.factorPath, keyword: shape.factorKeyword, reason, hint });
}

/** Which multiples of the factor lie within both bounds. */
function quotientBounds(shape: NumberShape, factor: Fraction): { low: bigint; high: bigint } | undefined {
  if (!Number.isFinite(shape.low) || !Number.isFinite(shape.high)) return undefined;
  const scale = 10n ** 30n;
  const { low, high } = scaledBounds(shape, scale, 10n ** 60n);
  const inverse = { top: factor.bottom, bottom: factor.top };
  const unit = { top: inverse.top, bottom: inverse.bottom * scale };
  return { low: ceilingTimes(unit, low), high: floorTimes(unit, high) };
}

interface Listed {
  low: bigint;
  high: bigint;
  factor: Fraction;
  shape: NumberShape;
}

/** Few values: each one as floating point sees it. */
function listed(nodes: readonly SchemaNode[], { low, high, factor, shape }: Listed): Expression {
  const texts = new Set<string>();
  for (let quotient = low; quotient <= high; quotient++) {
    const value = Number(quotient * factor.top) / Number(factor.bottom);
    const isWhole = !shape.isInteger || Number.isInteger(value);
    if (isWhole && nodes.every((node) => isInBounds(node, value))) texts.add(JSON.stringify(value));
  }
  return choice(...[...texts].map(text));
}

/** Whole multiples: final zeros are written as such, the rest by remainders, digit by digit. */
function wholeMultiples(shape: NumberShape, { step, book }: { step: bigint; book: RuleBook }): Expression {
  let zeros = 0;
  let rest = step;
  while (rest % 10n === 0n) {
    rest /= 10n;
    zeros++;
  }
  const scale = 10n ** BigInt(zeros);
  const { low, high } = scaledBounds(shape, 1n, largestInteger);
  const quotients = {
    low: ceilingTimes({ top: low, bottom: scale }, 1n),
    high: floorTimes({ top: high, bottom: scale }, 1n),
  };
  if (quotients.low > quotients.high) return never;
  if (rest <= largestStep) return writeMultiples(rest > 20n ? shortened(quotients) : quotients, { rest, zeros, book });
  const hint = 'Give minimum and maximum with few multiples between.';
  const reason = 'its multiples need too large a grammar';
  return refuse({ path: shape.factorPath, keyword: shape.factorKeyword, reason, hint });
}

/** At most nine digits, where the bounds leave that much room: each digit costs a state for every remainder. */
function shortened({ low, high }: { low: bigint; high: bigint }): { low: bigint; high: bigint } {
  const limit = 10n ** 9n - 1n;
  if (low > limit / 10n || high < -limit / 10n) return { low, high };
  return { low: low < -limit ? -limit : low, high: high > limit ? limit : high };
}

interface MultipleWriting {
  rest: bigint;
  zeros: number;
  book: RuleBook;
}

function writeMultiples(range: { low: bigint; high: bigint }, { rest, zeros, book }: MultipleWriting): Expression {
  const { low, high } = range;
  const parts: Regex[] = [];
  if (high >= 1n) parts.push(integersBetween(low > 1n ? low : 1n, high));
  if (low <= -1n) parts.push(integersBetween(low, high < -1n ? high : -1n));
  const inRange = oneOfThese(...parts);
  const multiple =
    rest === 1n ? regexExpression(inRange, { book, spell: asThemselves }) : divisible(inRange, rest, book);
  const withZeros = sequence(multiple, text('0'.repeat(zeros)));
  return low <= 0n && high >= 0n ? choice(text('0'), withZeros) : withZeros;
}

/** Those of the whole numbers that the step divides. */
function divisible(integers: Regex, step: bigint, book: RuleBook): Expression {
  const limits: AutomatonLimits = { maxStates, budget: book.budget };
  const shared = both(toAutomaton(integers, limits), remainders(Number(step)), limits);
  return automatonExpression(minimise(shared, book.budget), { book, spell: asThemselves, wish: 'multiple' });
}

/** Digits, with a sign or without, whose value is a multiple of the step. */
function remainders(step: number): Automaton {
  const zero = '0'.charCodeAt(0);
  const states: State[] = [];
  for (let remainder = 0; remainder < step; remainder++) {
    const edges = Array.from({ length: 10 }, (_, digit) => {
      const code = zero + digit;
      return { low: code, high: code, target: 1 + ((remainder * 10 + digit) % step) };
    });
    states.push({ isEnd: remainder === 0, edges });
  }
  const first = { isEnd: false, edges: [{ low: 0x2d, high: 0x2d, target: 0 }, ...(states[0]?.edges ?? [])] };
  return { states: [first, ...states] };
}

/** Halves, quarters, eighths and sixteenths: what stands behind the point. */
function fractionSteps({ top, bottom }: Fraction): string[] | undefined {
  if (top !== 1n || 16n % bottom !== 0n) return undefined;
  const count = Number(bottom);
  return Array.from({ length: count - 1 }, (_, index) => String((index + 1) / count).slice(1));
}

function fractionMultiples(shape: NumberShape, { steps, book }: { steps: string[]; book: RuleBook }): Expression {
  const { low, high } = scaledBounds({ ...shape, isLowExcluded: false, isHighExcluded: false }, 1n, 10n ** 11n);
  const parts = oneOfThese(...steps.map(exactText));
  const branches: Regex[] = [];
  const whole = scaledBounds(shape, 1n, 10n ** 11n);
  if (whole.low <= whole.high) branches.push(integersBetween(whole.low, whole.high));
  const positiveFrom = low > 0n ? low : 0n;
  if (positiveFrom < high) branches.push(inOrder(integersBetween(positiveFrom, high - 1n), parts));
  const negativeFrom = high < 0n ? -high : 0n;
  if (negativeFrom < -low) branches.push(inOrder(exactText('-'), integersBetween(negativeFrom, -low - 1n), parts));
  return regexExpression(oneOfThese(...branches), { book, spell: asThemselves });
}
