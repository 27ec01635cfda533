import type { Alternative, Entry, Expander } from './alternatives.ts';
import type { Automaton } from './automaton.ts';
import type { Budget } from './budget.ts';
import type { Expression } from './expression.ts';
import type { JsonLayout, JsonValue } from './json-value.ts';
import type { Patterns } from './patterns.ts';
import type { RuleBook } from './rule-book.ts';
import type { SchemaCheck } from './schema-check.ts';
import type { SchemaDocument, SchemaNode } from './schema-document.ts';

/** What the rules of arrays and objects need of the whole compilation. */
export interface Compilation {
  readonly document: SchemaDocument;
  readonly expander: Expander;
  readonly patterns: Patterns;
  readonly check: SchemaCheck;
  readonly book: RuleBook;
  readonly budget: Budget;
  readonly layout: JsonLayout;
  /** Objects that declare properties take further ones, as the letter of JSON Schema has it. */
  readonly isOpen: boolean;
  /** The values that satisfy all nodes. */
  value(nodes: readonly SchemaNode[], wish: string): Expression;
  /** The same as a list, when there are few enough to be listed. */
  listedValues(nodes: readonly SchemaNode[]): JsonValue[] | undefined;
  /** The texts among them, one automaton for each alternative. */
  texts(nodes: readonly SchemaNode[]): Automaton[];
  /** True when it is certain that no value satisfies all nodes. */
  isEmpty(nodes: readonly SchemaNode[]): boolean;
}

export function nodesOf(alternative: Alternative): SchemaNode[] {
  return alternative.map(({ node }) => node);
}

/** The entries that speak for the node: itself and what it is joined from. */
export function entriesUnder(alternative: Alternative, node: SchemaNode): Entry[] {
  return alternative.filter(({ owners }) => owners.includes(node.id));
}
