import { grammarError, type Rule } from './expression.ts';
import type { PositionProgram } from './position-program.ts';

/**
 * A rank for each rule so that a rule ranks below every rule it can call before reading a byte. There is none when a
 * rule can call itself so: that is left recursion, and the grammar is refused.
 */
export function rankCalls(program: PositionProgram, rules: readonly Rule[]): Uint32Array {
  const calls = program.entries.map((entry) =>
    entry === 0 ? [] : program.closureOf(entry).calls.map((call) => call.rule),
  );
  const callers = new Uint32Array(rules.length);
  for (const called of calls) for (const rule of called) callers[rule] = (callers[rule] ?? 0) + 1;
  const order = [...callers.keys()].filter((rule) => callers[rule] === 0);
  for (const rule of order) {
    for (const called of calls[rule] ?? []) {
      callers[called] = (callers[called] ?? 0) - 1;
      if (callers[called] === 0) order.push(called);
    }
  }
  if (order.length < rules.length) throw leftRecursion(rules, calls, callers);
  const ranks = new Uint32Array(rules.length);
  order.forEach((rule, rank) => (ranks[rule] = rank));
  return ranks;
}

/** Names a rule on a circle: every rule that is left has a caller that is left, so going back ends on one. */
function leftRecursion(rules: readonly Rule[], calls: readonly (readonly number[])[], callers: Uint32Array): Error {
  const openCaller = new Int32Array(rules.length).fill(-1);
  calls.forEach((called, rule) => {
    if (callers[rule]) for (const callee of called) openCaller[callee] = rule;
  });
  let rule = callers.findIndex((count) => count > 0);
  for (let step = 0; step < rules.length; step++) rule = openCaller[rule] ?? -1;
  const found = rules[rule];
  return grammarError(`the rule "${found?.name ?? ''}" calls itself before it reads anything (left recursion)`, found);
}
