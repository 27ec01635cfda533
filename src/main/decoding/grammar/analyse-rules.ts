import { grammarError, grammarLimits, type Expression, type Rule, type RuleSet } from './expression.ts';

/** What holds for each rule, by its index. */
export interface RuleFacts {
  /** It matches the empty text. */
  readonly isNullable: Uint8Array;
  /** It matches some text at all. */
  readonly isProductive: Uint8Array;
  /** Its calls end: it is not recursive and calls no recursive rule. These come first in `order`, callees first. */
  readonly isFinite: Uint8Array;
  readonly order: readonly number[];
  /** How many calls name it. */
  readonly callers: Uint32Array;
}

/** Looks at all rules at once; refuses a grammar that matches no text. */
export function analyseRules({ rules, root }: RuleSet): RuleFacts {
  const calls = rules.map((rule) => calledRules(rule.body));
  const { order, isFinite, callers } = sortByCalls(calls);
  const facts = { isNullable: new Uint8Array(rules.length), isProductive: new Uint8Array(rules.length) };
  let work = 0;
  while (findMore(rules, order, facts)) {
    work += rules.length + calls.reduce((sum, called) => sum + called.length, 0);
    if (work > grammarLimits.analysis) throw grammarError('its rules are too entangled');
  }
  if (!facts.isProductive[root]) throw grammarError('no text matches it, because its rules never end', rules[root]);
  return { ...facts, order, isFinite, callers };
}

/** Looks at each rule once, knowing what is known of the others; answers whether anything was found. */
function findMore(
  rules: readonly Rule[],
  order: readonly number[],
  facts: Pick<RuleFacts, 'isNullable' | 'isProductive'>,
): boolean {
  let hasFound = false;
  for (const index of order) {
    const body = rules[index]?.body;
    if (!body) continue;
    if (!facts.isNullable[index] && isNullable(body, facts.isNullable)) {
      facts.isNullable[index] = 1;
      hasFound = true;
    }
    if (!facts.isProductive[index] && isProductive(body, facts.isProductive)) {
      facts.isProductive[index] = 1;
      hasFound = true;
    }
  }
  return hasFound;
}

export function isNullable(expression: Expression, nullableRules: Uint8Array): boolean {
  switch (expression.kind) {
    case 'literal':
      return expression.bytes.length === 0;
    case 'class':
      return false;
    case 'sequence':
      return expression.parts.every((part) => isNullable(part, nullableRules));
    case 'choice':
      return expression.options.some((option) => isNullable(option, nullableRules));
    case 'repeat':
      return expression.min === 0 || isNullable(expression.body, nullableRules);
    case 'call':
      return nullableRules[expression.rule] === 1;
  }
}

function isProductive(expression: Expression, productiveRules: Uint8Array): boolean {
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'class':
      return expression.ranges.some(({ first, last }) => first < 0xd800 || last > 0xdfff);
    case 'sequence':
      return expression.parts.every((part) => isProductive(part, productiveRules));
    case 'choice':
      return expression.options.some((option) => isProductive(option, productiveRules));
    case 'repeat':
      return expression.min === 0 || isProductive(expression.body, productiveRules);
    case 'call':
      return productiveRules[expression.rule] === 1;
  }
}

function calledRules(expression: Expression, into: number[] = []): number[] {
  switch (expression.kind) {
    case 'literal':
    case 'class':
      return into;
    case 'sequence':
      for (const part of expression.parts) calledRules(part, into);
      return into;
    case 'choice':
      for (const option of expression.options) calledRules(option, into);
      return into;
    case 'repeat':
      return calledRules(expression.body, into);
    case 'call':
      into.push(expression.rule);
      return into;
  }
}

/** Callees before callers as far as calls end; the others behind, as they come. */
function sortByCalls(calls: readonly (readonly number[])[]): Pick<RuleFacts, 'order' | 'isFinite' | 'callers'> {
  const callersOf: number[][] = calls.map(() => []);
  calls.forEach((called, caller) => {
    for (const rule of called) callersOf[rule]?.push(caller);
  });
  const open = Uint32Array.from(calls, (called) => called.length);
  const isFinite = new Uint8Array(calls.length);
  const order = [...open.keys()].filter((rule) => open[rule] === 0);
  for (const rule of order) {
    isFinite[rule] = 1;
    for (const caller of callersOf[rule] ?? []) {
      open[caller] = (open[caller] ?? 0) - 1;
      if (open[caller] === 0) order.push(caller);
    }
  }
  for (const rule of open.keys()) if (!isFinite[rule]) order.push(rule);
  return { order, isFinite, callers: Uint32Array.from(callersOf, (callers) => callers.length) };
}
