import { ceilingTimes, floorTimes, leastMultiple, toFraction, type Fraction } from './fractions.ts';
import { numberOf, has, keywordPath } from './keyword-values.ts';
import { refuse } from './refusal.ts';
import { boundsOf, type Bounds } from './schema-check.ts';
import type { SchemaNode } from './schema-document.ts';

/** All that the schemas together ask of a number. */
export interface NumberShape extends Bounds {
  readonly isInteger: boolean;
  /** Every value is a multiple of this. */
  readonly factor: Fraction | undefined;
  /** The `multipleOf` to blame in refusals. */
  readonly factorPath: string;
  readonly factorKeyword: string;
}

export function numberShape(nodes: readonly SchemaNode[], isInteger: boolean): NumberShape {
  const shape = { low: -Infinity, high: Infinity, isLowExcluded: false, isHighExcluded: false };
  let factor: Fraction | undefined;
  let [factorPath, factorKeyword] = ['', 'multipleOf'];
  for (const node of nodes) {
    narrow(shape, boundsOf(node));
    for (const keyword of ['multipleOf', 'divisibleBy']) {
      const value = numberOf(node, keyword);
      if (value === undefined) continue;
      [factorPath, factorKeyword] = [keywordPath(node, keyword), keyword];
      if (value <= 0) refuse({ path: factorPath, keyword, reason: `${keyword} must be above 0` });
      factor = factor ? leastMultiple(factor, toFraction(value)) : toFraction(value);
    }
    const format = node.keywords['format'];
    if (format === 'int32') narrow(shape, { ...shape, low: -(2 ** 31), high: 2 ** 31 - 1 });
  }
  const isWhole =
    isInteger || nodes.some(({ keywords }) => keywords['format'] === 'int32' || keywords['format'] === 'int64');
  return { ...shape, isInteger: isWhole || factor?.bottom === 1n, factor, factorPath, factorKeyword };
}

function narrow(shape: Bounds, other: Bounds): void {
  if (other.low > shape.low || (other.low === shape.low && other.isLowExcluded)) {
    Object.assign(shape, { low: other.low, isLowExcluded: other.isLowExcluded });
  }
  if (other.high < shape.high || (other.high === shape.high && other.isHighExcluded)) {
    Object.assign(shape, { high: other.high, isHighExcluded: other.isHighExcluded });
  }
}

/** The bounds in units of 1/scale, both included, at most `limit` in size. */
export function scaledBounds(shape: NumberShape, scale: bigint, limit: bigint): { low: bigint; high: bigint } {
  let [low, high] = [-limit, limit];
  if (shape.low !== -Infinity) {
    const bound = toFraction(shape.low);
    const first = ceilingTimes(bound, scale);
    const isExcluded = shape.isLowExcluded && first * bound.bottom === bound.top * scale;
    low = larger(low, isExcluded ? first + 1n : first);
  }
  if (shape.high !== Infinity) {
    const bound = toFraction(shape.high);
    const last = floorTimes(bound, scale);
    const isExcluded = shape.isHighExcluded && last * bound.bottom === bound.top * scale;
    high = smaller(high, isExcluded ? last - 1n : last);
  }
  return { low, high };
}

/** A range that lies wholly where neighbouring whole numbers cannot be told apart is refused. */
export function checkReach(nodes: readonly SchemaNode[], shape: NumberShape): void {
  const farLow = shape.low > 999_999_999_999_999;
  if (!farLow && shape.high >= -999_999_999_999_999) return;
  const names = farLow ? ['minimum', 'exclusiveMinimum'] : ['maximum', 'exclusiveMaximum'];
  const guilty = nodes.flatMap((node) => names.filter((name) => has(node, name)).map((name) => ({ node, name })));
  const [first] = guilty;
  if (!first) return;
  refuse({ path: keywordPath(first.node, first.name), keyword: first.name, reason: 'it asks for more than 15 digits' });
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
