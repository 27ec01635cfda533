import { trim, TooManyStates, type Automaton, type AutomatonLimits, type Edge, type State } from './automaton.ts';
import type { CodePointRange } from './code-points.ts';
import type { Regex } from './regex.ts';

type Condition = 'always' | 'begin' | 'end';

interface Node {
  /** Steps without reading: the target, and where in the text the step is allowed. */
  readonly jumps: { target: number; when: Condition }[];
  readonly reads: (CodePointRange & { target: number })[];
}

/** The texts that match the expression from their first code point to their last. */
export function toAutomaton(regex: Regex, limits: AutomatonLimits): Automaton {
  const nodes = new NodeBuilder(limits);
  const start = nodes.add();
  const end = nodes.build(regex, start);
  return determinise(nodes.nodes, { start, end, limits });
}

class NodeBuilder {
  readonly nodes: Node[] = [];
  readonly #limits: AutomatonLimits;

  constructor(limits: AutomatonLimits) {
    this.#limits = limits;
  }

  add(): number {
    this.#limits.budget.tick();
    if (this.nodes.length > 10 * this.#limits.maxStates) throw new TooManyStates();
    return this.nodes.push({ jumps: [], reads: [] }) - 1;
  }

  /** Adds the expression behind `from` and answers with the node behind it. */
  build(regex: Regex, from: number): number {
    switch (regex.kind) {
      case 'set': {
        const to = this.add();
        for (const range of regex.set) this.nodes[from]?.reads.push({ ...range, target: to });
        return to;
      }
      case 'begin':
      case 'end':
        return this.#jump(from, this.add(), regex.kind);
      case 'sequence':
        return regex.items.reduce((at, item) => this.build(item, at), from);
      case 'choice': {
        const to = this.add();
        for (const item of regex.items) this.#jump(this.build(item, this.#jump(from, this.add())), to);
        return to;
      }
      case 'repeat':
        return this.#repeat(regex, from);
      default:
        return regex satisfies never;
    }
  }

  #repeat({ item, min, max }: { item: Regex; min: number; max: number }, from: number): number {
    let at = from;
    for (let count = 0; count < min; count++) at = this.build(item, at);
    if (max === Infinity) {
      const loop = this.#jump(at, this.add());
      this.#jump(this.build(item, loop), loop);
      return this.#jump(loop, this.add());
    }
    const to = this.add();
    for (let count = min; count < max; count++) {
      this.#jump(at, to);
      at = this.build(item, at);
    }
    return this.#jump(at, to);
  }

  #jump(from: number, target: number, when: Condition = 'always'): number {
    this.nodes[from]?.jumps.push({ target, when });
    return target;
  }
}

interface Borders {
  start: number;
  end: number;
  limits: AutomatonLimits;
}

function determinise(nodes: readonly Node[], { start, end, limits }: Borders): Automaton {
  const numbers = new Map<string, number>();
  const sets: (readonly number[])[] = [];
  const numberOf = (set: readonly number[]): number => {
    const key = set.join(',');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (sets.length >= limits.maxStates) throw new TooManyStates();
    numbers.set(key, sets.length);
    return sets.push(set) - 1;
  };
  const first = closure(nodes, [start], new Set(['always', 'begin']));
  // The first state alone may use `begin`; a set of nodes reached later never equals it in meaning.
  sets.push(first);
  const states: State[] = [];
  for (const [index, set] of sets.entries()) {
    limits.budget.tick();
    const allowed: Condition[] = index === 0 ? ['always', 'begin', 'end'] : ['always', 'end'];
    const isEnd = closure(nodes, set, new Set(allowed)).includes(end);
    states.push({ isEnd, edges: edgesOf(nodes, set, numberOf) });
  }
  return trim({ states });
}

function closure(nodes: readonly Node[], from: readonly number[], allowed: ReadonlySet<Condition>): number[] {
  const found = new Set(from);
  for (const node of found) {
    for (const { target, when } of nodes[node]?.jumps ?? []) if (allowed.has(when)) found.add(target);
  }
  return [...found].sort((left, right) => left - right);
}

const onlyAlways: ReadonlySet<Condition> = new Set(['always']);

function edgesOf(nodes: readonly Node[], set: readonly number[], numberOf: (set: readonly number[]) => number): Edge[] {
  const reads = set.flatMap((node) => nodes[node]?.reads ?? []);
  const borders = [...new Set(reads.flatMap(({ low, high }) => [low, high + 1]))].sort((a, b) => a - b);
  const edges: Edge[] = [];
  for (const [index, low] of borders.entries()) {
    const high = (borders[index + 1] ?? low) - 1;
    const targets = reads.filter((read) => read.low <= low && high <= read.high).map(({ target }) => target);
    if (high < low || targets.length === 0) continue;
    const target = numberOf(closure(nodes, [...new Set(targets)], onlyAlways));
    const last = edges.at(-1);
    if (last?.target === target && last.high + 1 === low) edges[edges.length - 1] = { ...last, high };
    else edges.push({ low, high, target });
  }
  return edges;
}
