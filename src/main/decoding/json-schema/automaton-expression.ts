import type { Automaton, State } from './automaton.ts';
import { unite, type CodePoints } from './code-points.ts';
import { choice, never, nothing, optional, sequence, type Expression } from './expression.ts';
import type { RuleBook } from './rule-book.ts';
import type { Spelling } from './spelling.ts';

/** A state that is reached once is written in place, unless that nests deeper than this. */
const deepestNesting = 6;

interface Writing {
  book: RuleBook;
  spell: Spelling;
  /** What the rules are named after. */
  wish: string;
}

/** The automaton's language as a right-linear expression: states that are reached from one place stand in place. */
export function automatonExpression({ states }: Automaton, { book, spell, wish }: Writing): Expression {
  const arrivals = countArrivals(states);
  const names = new Map<number, string>();
  const waiting: number[] = [];
  const refer = (index: number): Expression => {
    const name = names.get(index) ?? book.reserve(wish);
    if (!names.has(index)) waiting.push(index);
    names.set(index, name);
    return { kind: 'rule', name };
  };
  const write = (index: number, depth: number): Expression => {
    book.budget.tick();
    const parts: Expression[] = [];
    let at = index;
    for (;;) {
      const state = states[at];
      const steps = state ? stepsOf(state) : [];
      const [step] = steps;
      const isChain = steps.length === 1 && !state?.isEnd && step && arrivals[step.target] === 1;
      if (!isChain) return sequence(...parts, branches(state, { steps, depth }));
      parts.push(spell(step.set));
      at = step.target;
    }
  };
  const branches = (state: State | undefined, { steps, depth }: { steps: Step[]; depth: number }): Expression => {
    const options = steps.map(({ set, target }) => {
      const isInPlace = arrivals[target] === 1 && depth < deepestNesting;
      if (states[target]?.edges.length === 0) return spell(set);
      return sequence(spell(set), isInPlace ? write(target, depth + 1) : refer(target));
    });
    if (options.length === 0) return state?.isEnd ? nothing : never;
    return state?.isEnd ? optional(choice(...options)) : choice(...options);
  };
  const body = arrivals[0] === 0 ? write(0, 0) : refer(0);
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    book.define(names.get(index) ?? '', write(index, 0));
  }
  return body;
}

interface Step {
  set: CodePoints;
  target: number;
}

function stepsOf({ edges }: State): Step[] {
  const byTarget = new Map<number, { low: number; high: number }[]>();
  for (const { low, high, target } of edges) {
    const ranges = byTarget.get(target) ?? [];
    ranges.push({ low, high });
    byTarget.set(target, ranges);
  }
  return [...byTarget].map(([target, ranges]) => ({ target, set: unite(ranges) }));
}

function countArrivals(states: readonly State[]): number[] {
  const arrivals = states.map(() => 0);
  for (const { edges } of states) {
    for (const target of new Set(edges.map((edge) => edge.target))) arrivals[target] = (arrivals[target] ?? 0) + 1;
  }
  return arrivals;
}
