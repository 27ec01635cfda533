import type { RuleFacts } from './analyse-rules.ts';
import type { Expression } from './expression.ts';

/** A rule of at most this cost is written into each of its callers; a larger one where all copies cost at most that. */
const smallCost = 40;
const copiesCost = 8_000;
/** A rule with one caller is written into it up to this cost, and this deep. */
const onceCost = 2_000;
const deepest = 50;
const longLoop = 16;

interface Measure {
  cost: number;
  depth: number;
  hasLoop: boolean;
}

/**
 * Which rules are written into their callers. A call costs a frame at run time, so small rules (`hex`, `char`) are
 * written out; rules with loops (`string`) stay rules, because what is known about the inside of a rule is shared by
 * all its callers.
 */
export function planInlining(
  bodies: readonly (Expression | undefined)[],
  { order, isFinite, callers }: RuleFacts,
  root: number,
): Uint8Array {
  const isInlined = new Uint8Array(bodies.length);
  const measures: (Measure | undefined)[] = [];
  for (const rule of order) {
    const body = bodies[rule];
    if (!isFinite[rule] || !body) continue;
    const measure = measureOf(body, (called) => (isInlined[called] ? measures[called] : undefined));
    measures[rule] = measure;
    const copies = measure.cost * (callers[rule] ?? 0);
    const isSmall = !measure.hasLoop && (measure.cost <= smallCost || copies <= copiesCost);
    const isOnce = callers[rule] === 1 && measure.cost <= onceCost;
    if (rule !== root && (isSmall || isOnce) && measure.depth < deepest) isInlined[rule] = 1;
  }
  return isInlined;
}

function measureOf(expression: Expression, inlined: (rule: number) => Measure | undefined): Measure {
  switch (expression.kind) {
    case 'literal':
      return { cost: expression.bytes.length, depth: 0, hasLoop: false };
    case 'class':
      return { cost: 1 + Math.min(expression.ranges.length, 8), depth: 0, hasLoop: false };
    case 'sequence':
      return sumOf(expression.parts.map((part) => measureOf(part, inlined)));
    case 'choice':
      return sumOf(expression.options.map((option) => measureOf(option, inlined)));
    case 'repeat': {
      const body = measureOf(expression.body, inlined);
      return { ...body, cost: 2 + 2 * body.cost, hasLoop: body.hasLoop || expression.max > longLoop };
    }
    case 'call': {
      const body = inlined(expression.rule);
      return body ? { ...body, depth: body.depth + 1 } : { cost: 1, depth: 0, hasLoop: false };
    }
  }
}

function sumOf(measures: readonly Measure[]): Measure {
  return measures.reduce(
    (sum, one) => ({
      cost: sum.cost + one.cost,
      depth: Math.max(sum.depth, one.depth),
      hasLoop: sum.hasLoop || one.hasLoop,
    }),
    { cost: 1, depth: 0, hasLoop: false },
  );
}
