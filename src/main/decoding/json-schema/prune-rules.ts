import type { Budget } from './budget.ts';
import { choice, isNever, repeat, sequence, never, type Expression } from './expression.ts';

type Rules = ReadonlyMap<string, Expression>;

/** Whether some text ends the named rule; rules that were there before `first` are taken to end. */
export function canFinish(rules: Rules, name: string, { first, budget }: { first: number; budget: Budget }): boolean {
  const names = [...rules.keys()];
  return findProductive(new Map([...rules].slice(first)), budget, new Set(names.slice(0, first))).has(name);
}

/** The rules that can be finished and are reachable from the root, without the branches that never end. */
export function pruneRules(rules: Rules, root: string, budget: Budget): Map<string, Expression> {
  const productive = findProductive(rules, budget);
  const kept = new Map<string, Expression>();
  const waiting = productive.has(root) ? [root] : [];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const body = rules.get(name);
    if (kept.has(name) || body === undefined) continue;
    budget.tick();
    const cleaned = withoutNever(body, productive);
    kept.set(name, cleaned);
    collectNames(cleaned, waiting);
  }
  return new Map([...rules.keys()].filter((name) => kept.has(name)).map((name) => [name, kept.get(name) ?? never]));
}

/** A rule is productive when some text ends it: the least set, grown until nothing more joins. */
function findProductive(rules: Rules, budget: Budget, productive = new Set<string>()): Set<string> {
  let open = [...rules.keys()];
  for (let before = -1; before !== productive.size;) {
    before = productive.size;
    open = open.filter((name) => {
      budget.tick();
      const body = rules.get(name);
      if (body === undefined || !canEnd(body, productive)) return true;
      productive.add(name);
      return false;
    });
    open.reverse();
  }
  return productive;
}

function canEnd(expression: Expression, productive: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'text':
    case 'raw':
      return true;
    case 'class':
      return expression.set.length > 0;
    case 'sequence':
      return expression.items.every((item) => canEnd(item, productive));
    case 'choice':
      return expression.items.some((item) => canEnd(item, productive));
    case 'repeat':
      return expression.min === 0 || canEnd(expression.item, productive);
    case 'rule':
      return productive.has(expression.name);
    default:
      return expression satisfies never;
  }
}

function withoutNever(expression: Expression, productive: ReadonlySet<string>): Expression {
  switch (expression.kind) {
    case 'sequence':
      return sequence(...expression.items.map((item) => withoutNever(item, productive)));
    case 'choice': {
      const items = expression.items.map((item) => withoutNever(item, productive));
      return choice(...items.filter((item) => !isNever(item)));
    }
    case 'repeat':
      return repeat(withoutNever(expression.item, productive), expression.min, expression.max);
    case 'rule':
      return productive.has(expression.name) ? expression : never;
    case 'class':
      return expression.set.length > 0 ? expression : never;
    case 'text':
    case 'raw':
      return expression;
    default:
      return expression satisfies never;
  }
}

const literalOrName = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|#.*|([A-Za-z0-9-]+)/g;

function collectNames(expression: Expression, names: string[]): void {
  if (expression.kind === 'rule') names.push(expression.name);
  if (expression.kind === 'raw') {
    for (const [, name] of expression.body.matchAll(literalOrName)) if (name !== undefined) names.push(name);
  }
  if (expression.kind === 'repeat') collectNames(expression.item, names);
  if (expression.kind === 'sequence' || expression.kind === 'choice') {
    for (const item of expression.items) collectNames(item, names);
  }
}
