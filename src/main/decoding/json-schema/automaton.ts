import type { Budget } from './budget.ts';
import { allCodePoints } from './code-points.ts';

export interface Edge {
  readonly low: number;
  readonly high: number;
  readonly target: number;
}

/** A deterministic automaton over code points: state 0 begins, edges ascend, a missing edge refuses. */
export interface Automaton {
  readonly states: readonly State[];
}

export interface State {
  readonly isEnd: boolean;
  readonly edges: readonly Edge[];
}

/** The automaton would need more states than its caller can afford. */
export class TooManyStates extends Error {}

export interface AutomatonLimits {
  maxStates: number;
  budget: Budget;
}

export const anyText: Automaton = {
  states: [{ isEnd: true, edges: allCodePoints.map((range) => ({ ...range, target: 0 })) }],
};

export function accepts({ states }: Automaton, text: string): boolean {
  let state = states[0];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const edge = state?.edges.find(({ low, high }) => low <= code && code <= high);
    if (!edge) return false;
    state = states[edge.target];
  }
  return state?.isEnd ?? false;
}

export function isEmptyLanguage(automaton: Automaton): boolean {
  return !trim(automaton).states.some(({ isEnd }) => isEnd);
}

/** Texts that both admit. */
export function both(left: Automaton, right: Automaton, limits: AutomatonLimits): Automaton {
  const visited = new Map<string, number>();
  const pairs: [number, number][] = [];
  const states: State[] = [];
  const numberOf = (a: number, b: number): number => {
    const key = `${String(a)},${String(b)}`;
    const known = visited.get(key);
    if (known !== undefined) return known;
    if (pairs.length >= limits.maxStates) throw new TooManyStates();
    visited.set(key, pairs.length);
    return pairs.push([a, b]) - 1;
  };
  numberOf(0, 0);
  for (const [a, b] of pairs) {
    limits.budget.tick();
    const first = left.states[a];
    const second = right.states[b];
    if (!first || !second) continue;
    const isEnd = first.isEnd && second.isEnd;
    states.push({ isEnd, edges: sharedEdges(first.edges, second.edges, numberOf) });
  }
  return trim({ states });
}

function sharedEdges(
  left: readonly Edge[],
  right: readonly Edge[],
  numberOf: (a: number, b: number) => number,
): Edge[] {
  const edges: Edge[] = [];
  let index = 0;
  for (const a of left) {
    while ((right[index]?.high ?? Infinity) < a.low) index++;
    for (let other = index; other < right.length; other++) {
      const b = right[other];
      if (!b || b.low > a.high) break;
      const range = { low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) };
      edges.push({ ...range, target: numberOf(a.target, b.target) });
    }
  }
  return edges;
}

/** Every text that the automaton refuses. */
export function complement({ states }: Automaton): Automaton {
  const sink = states.length;
  const opposite = states.map(({ isEnd, edges }) => ({ isEnd: !isEnd, edges: filled(edges, sink) }));
  return { states: [...opposite, { isEnd: true, edges: filled([], sink) }] };
}

function filled(edges: readonly Edge[], sink: number): Edge[] {
  const all: Edge[] = [];
  for (const { low: from, high: to } of allCodePoints) {
    let next = from;
    for (const edge of edges) {
      if (edge.low < from || edge.low > to) continue;
      if (edge.low > next) all.push({ low: next, high: edge.low - 1, target: sink });
      all.push(edge);
      next = edge.high + 1;
    }
    if (next <= to) all.push({ low: next, high: to, target: sink });
  }
  return all;
}

/** Exactly these texts: a tree of their common beginnings. */
export function exactTexts(texts: Iterable<string>, limits: AutomatonLimits): Automaton {
  const nodes: { isEnd: boolean; next: Map<number, number> }[] = [{ isEnd: false, next: new Map() }];
  for (const text of texts) {
    let node = nodes[0];
    for (const character of text) {
      limits.budget.tick();
      const code = character.codePointAt(0) ?? 0;
      const known = node?.next.get(code);
      if (known !== undefined) {
        node = nodes[known];
        continue;
      }
      if (nodes.length >= limits.maxStates) throw new TooManyStates();
      node?.next.set(code, nodes.length);
      node = { isEnd: false, next: new Map() };
      nodes.push(node);
    }
    if (node) node.isEnd = true;
  }
  const edgesOf = (next: Map<number, number>): Edge[] =>
    [...next].map(([code, target]) => ({ low: code, high: code, target })).sort((a, b) => a.low - b.low);
  return { states: nodes.map(({ isEnd, next }) => ({ isEnd, edges: edgesOf(next) })) };
}

/** Texts of `min` to `max` code points. */
export function lengthBetween(min: number, max: number, limits: AutomatonLimits): Automaton {
  const last = max === Infinity ? min : max;
  if (last >= limits.maxStates) throw new TooManyStates();
  const states: State[] = [];
  for (let count = 0; count <= last; count++) {
    const target = count < last ? count + 1 : max === Infinity ? count : -1;
    const edges = target < 0 ? [] : allCodePoints.map((range) => ({ ...range, target }));
    states.push({ isEnd: count >= min, edges });
  }
  return { states };
}

/** The same language without states from which no text ends, numbered in the order of reaching them. */
export function trim({ states }: Automaton): Automaton {
  const alive = findAlive(states);
  const order: number[] = [0];
  const numbers = new Map([[0, 0]]);
  for (const from of order) {
    for (const { target } of states[from]?.edges ?? []) {
      if (!alive.has(target) || numbers.has(target)) continue;
      numbers.set(target, order.length);
      order.push(target);
    }
  }
  return { states: order.map((from) => renumbered(states[from], numbers)) };
}

function renumbered(state: State | undefined, numbers: ReadonlyMap<number, number>): State {
  const edges: Edge[] = [];
  for (const { low, high, target } of state?.edges ?? []) {
    const number = numbers.get(target);
    const last = edges.at(-1);
    if (number === undefined) continue;
    if (last?.target === number && last.high + 1 === low) edges[edges.length - 1] = { ...last, high };
    else edges.push({ low, high, target: number });
  }
  return { isEnd: state?.isEnd ?? false, edges };
}

function findAlive(states: readonly State[]): Set<number> {
  const sources: number[][] = states.map(() => []);
  states.forEach(({ edges }, from) => {
    for (const { target } of edges) sources[target]?.push(from);
  });
  const alive = states.flatMap(({ isEnd }, index) => (isEnd ? [index] : []));
  const found = new Set(alive);
  for (const state of alive) {
    for (const source of sources[state] ?? []) {
      if (found.has(source)) continue;
      found.add(source);
      alive.push(source);
    }
  }
  return found;
}

const largestMinimised = 400;

/** The same language in as few states as possible; a large automaton stays as it is. */
export function minimise(automaton: Automaton, budget: Budget): Automaton {
  const { states } = trim(automaton);
  if (states.length > largestMinimised) return { states };
  let groups: number[] = states.map(({ isEnd }) => (isEnd ? 1 : 0));
  for (let count = 0; ;) {
    const signatures = new Map<string, number>();
    groups = states.map((state, index) => {
      budget.tick();
      const signature = signatureOf(state, groups, groups[index] ?? 0);
      const group = signatures.get(signature) ?? signatures.size;
      signatures.set(signature, group);
      return group;
    });
    if (signatures.size === count) break;
    count = signatures.size;
  }
  return merged(states, groups);
}

function signatureOf({ edges }: State, groups: readonly number[], own: number): string {
  let signature = String(own);
  let last = { high: -2, group: -1 };
  for (const { low, high, target } of edges) {
    const group = groups[target] ?? 0;
    const continues = last.group === group && last.high + 1 === low;
    if (!continues) signature += `;${String(last.high)},${String(low)}:${String(group)}`;
    last = { high, group };
  }
  return `${signature};${String(last.high)}`;
}

function merged(states: readonly State[], groups: readonly number[]): Automaton {
  const byGroup = new Map<number, State>();
  states.forEach((state, index) => {
    const group = groups[index] ?? 0;
    if (byGroup.has(group)) return;
    byGroup.set(group, {
      isEnd: state.isEnd,
      edges: state.edges.map((edge) => ({ ...edge, target: groups[edge.target] ?? 0 })),
    });
  });
  const ordered = [...byGroup].sort(([left], [right]) => left - right).map(([, state]) => state);
  return trim({ states: ordered });
}
