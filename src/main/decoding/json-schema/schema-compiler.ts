import { Expander, isTurnedAround, type Alternative } from './alternatives.ts';
import { arrayExpression } from './array-rules.ts';
import { exactTexts, TooManyStates, type Automaton } from './automaton.ts';
import { automatonExpression } from './automaton-expression.ts';
import type { Budget } from './budget.ts';
import { nodesOf, type Compilation } from './compilation.ts';
import { Emptiness, listedIn } from './emptiness.ts';
import { choice, never, rule, text, type Expression } from './expression.ts';
import { anyValue } from './any-value.ts';
import { expressionText } from './grammar-text.ts';
import { allowedKinds, endlessKinds, sharedKinds, type JsonKind } from './json-kinds.ts';
import { canonicalText, isJsonArray, isJsonObject, jsonText, type JsonLayout, type JsonValue } from './json-value.ts';
import { has, keywordPath } from './keyword-values.ts';
import { decidingKeywords, unsupportedKeyword } from './keywords.ts';
import { numberExpression } from './number-rules.ts';
import { objectExpression } from './object-rules.ts';
import { Patterns } from './patterns.ts';
import { refuse } from './refusal.ts';
import type { RuleBook } from './rule-book.ts';
import { SchemaCheck } from './schema-check.ts';
import { SchemaDocument, type SchemaNode } from './schema-document.ts';
import { asThemselves } from './spelling.ts';
import { stringAutomaton, stringExpression, stringShape } from './string-rules.ts';

export interface CompilerParts {
  schema: unknown;
  book: RuleBook;
  budget: Budget;
  layout: JsonLayout;
  isOpen: boolean;
}

interface Negation {
  node: SchemaNode;
  negated: SchemaNode;
  kind: JsonKind;
}

interface Known {
  name?: string;
  expression?: Expression;
}

const deepestNesting = 100;

/** Compiles one schema document into rules of a book. */
export class SchemaCompiler implements Compilation {
  readonly document: SchemaDocument;
  readonly expander: Expander;
  readonly patterns: Patterns;
  readonly check: SchemaCheck;
  readonly book: RuleBook;
  readonly budget: Budget;
  readonly layout: JsonLayout;
  readonly isOpen: boolean;
  readonly #emptiness: Emptiness;
  readonly #known = new Map<string, Known>();
  #depth = 0;

  constructor({ schema, book, budget, layout, isOpen }: CompilerParts) {
    this.document = new SchemaDocument(schema, budget);
    this.expander = new Expander(this.document, budget);
    this.patterns = new Patterns(budget);
    this.check = new SchemaCheck({ document: this.document, patterns: this.patterns, budget });
    this.book = book;
    this.budget = budget;
    this.layout = layout;
    this.isOpen = isOpen;
    this.#emptiness = new Emptiness(this);
  }

  value(nodes: readonly SchemaNode[], wish: string): Expression {
    const distinct = [...new Map(nodes.map((node) => [node.id, node])).values()].filter(isDeciding);
    if (distinct.length === 0) return anyValue(this.book, this.layout);
    if (distinct.some(({ isFalse }) => isFalse)) return never;
    const key = distinct.map(({ id }) => id).join(',');
    const known = this.#known.get(key);
    if (!known) return this.#first(distinct, { key, wish });
    if (known.expression) return known.expression;
    known.name ??= this.book.reserve(wish);
    return rule(known.name);
  }

  listedValues(nodes: readonly SchemaNode[]): JsonValue[] | undefined {
    const { alternatives } = this.expander.expand(nodes);
    const isListed = alternatives.every((alternative) => this.#endlessKinds(alternative).length === 0);
    return isListed ? this.#listed(nodes, alternatives) : undefined;
  }

  texts(nodes: readonly SchemaNode[]): Automaton[] {
    const { alternatives, exclusive } = this.expander.expand(nodes);
    const endless = alternatives.filter((alternative) => this.#endlessKinds(alternative).includes('string'));
    if (endless.length > 0) this.#checkExclusive(exclusive);
    const listed = this.#listed(nodes, alternatives).filter((value) => typeof value === 'string');
    const automata = endless.map((alternative) => {
      this.#checkExpressible(alternative, 'string');
      return stringAutomaton(stringShape(nodesOf(alternative), this.patterns), this.patterns);
    });
    return listed.length > 0 ? [exactTexts(listed, this.patterns.limits), ...automata] : automata;
  }

  isEmpty(nodes: readonly SchemaNode[]): boolean {
    return this.#emptiness.isEmpty(nodes);
  }

  #first(nodes: readonly SchemaNode[], { key, wish }: { key: string; wish: string }): Expression {
    const known: Known = {};
    this.#known.set(key, known);
    const [first] = nodes;
    if (++this.#depth > deepestNesting) {
      refuse({ path: first?.path ?? '', keyword: '$ref', reason: 'it nests too deeply', hint: 'Flatten the schema.' });
    }
    const body = this.#body(nodes);
    this.#depth--;
    if (known.name !== undefined) this.book.define(known.name, body);
    known.expression = known.name === undefined ? this.book.named(wish, body) : rule(known.name);
    return known.expression;
  }

  #body(nodes: readonly SchemaNode[]): Expression {
    const { alternatives, exclusive } = this.expander.expand(nodes);
    const endless = alternatives.filter((alternative) => this.#endlessKinds(alternative).length > 0);
    if (endless.length > 0) this.#checkExclusive(exclusive);
    const listed = this.#listedExpression(this.#listed(nodes, alternatives));
    const parts = endless.flatMap((alternative) =>
      this.#endlessKinds(alternative).map((kind) => this.#bounded(alternative, kind)),
    );
    const byText = new Map([listed, ...parts].map((part) => [expressionText(part), part]));
    return choice(...byText.values());
  }

  /** Every value that is listed, or is null, true or false, and is valid. */
  #listed(nodes: readonly SchemaNode[], alternatives: readonly Alternative[]): JsonValue[] {
    const values = new Map<string, JsonValue>();
    for (const alternative of alternatives) {
      const own = nodesOf(alternative);
      const { kinds } = sharedKinds(own);
      const basic = [kinds.has('null') ? [null] : [], kinds.has('boolean') ? [true, false] : []].flat();
      for (const value of listedIn(own) ?? basic) {
        this.budget.tick();
        if (!isSafe(value)) refuseUnsafe(own);
        values.set(canonicalText(value), value);
      }
    }
    return [...values.values()].filter((value) => nodes.every((node) => this.check.isValid(node, value)));
  }

  #listedExpression(values: readonly JsonValue[]): Expression {
    if (values.length === 0) return never;
    const texts = values.map((value) => jsonText(value, this.layout));
    const [only] = texts;
    if (texts.length === 1 && only !== undefined) return text(only);
    const limits = { maxStates: 1_000_000, budget: this.budget };
    return automatonExpression(exactTexts(texts, limits), { book: this.book, spell: asThemselves, wish: 'listed' });
  }

  #endlessKinds(alternative: Alternative): JsonKind[] {
    const nodes = nodesOf(alternative);
    if (listedIn(nodes)) return [];
    const { kinds } = sharedKinds(nodes);
    const { isInteger } = sharedKinds(nodes);
    const removed = new Set(nodes.flatMap((node) => this.#removedKinds(node, isInteger)));
    return endlessKinds.filter((kind) => kinds.has(kind) && !removed.has(kind));
  }

  /** `not` with nothing but a type takes whole kinds away. */
  #removedKinds(node: SchemaNode, isInteger: boolean): JsonKind[] {
    const negated = this.document.child(node, 'not');
    if (!negated || negated.isFalse || decidingKeywords(negated).some((name) => name !== 'type')) return [];
    const removed = allowedKinds(negated);
    return [...removed.kinds].filter((kind) => kind !== 'number' || !removed.isInteger || isInteger);
  }

  #bounded(alternative: Alternative, kind: JsonKind): Expression {
    try {
      return this.#kind(alternative, kind);
    } catch (error) {
      if (!(error instanceof TooManyStates)) throw error;
      const nodes = nodesOf(alternative);
      const keywords = ['patternProperties', 'propertyNames', 'pattern'];
      const guilty = nodes.flatMap((node) =>
        keywords.filter((name) => has(node, name)).map((name) => ({ node, name })),
      );
      const [{ node, name } = { node: nodes[0], name: '$schema' }] = guilty;
      const path = node ? keywordPath(node, name) : '';
      return refuse({ path, keyword: name, reason: 'patterns and names together need too many states' });
    }
  }

  #kind(alternative: Alternative, kind: JsonKind): Expression {
    this.#checkExpressible(alternative, kind);
    const nodes = nodesOf(alternative);
    const { book, patterns } = this;
    switch (kind) {
      case 'string':
        return stringExpression(stringShape(nodes, patterns), { book, patterns });
      case 'number':
        return numberExpression(nodes, { book, isInteger: sharedKinds(nodes).isInteger });
      case 'array':
        return arrayExpression(alternative, this);
      case 'object':
        return objectExpression(alternative, this);
      case 'null':
      case 'boolean':
        return never;
      default:
        return kind satisfies never;
    }
  }

  /** What no grammar can enforce for endless values of that kind is refused. */
  #checkExpressible(alternative: Alternative, kind: JsonKind): void {
    const nodes = nodesOf(alternative);
    for (const node of nodes) {
      const unsupported = unsupportedKeyword(node);
      if (unsupported !== undefined) {
        const path = keywordPath(node, unsupported);
        refuse({ path, keyword: unsupported, reason: `${unsupported} has no grammar here` });
      }
      const negated = this.document.child(node, 'not');
      if (!negated || isTurnedAround(negated) || this.#isApart(nodes, { node, negated, kind })) continue;
      const path = node.impliedBy ? node.path : keywordPath(node, 'not');
      const keyword = node.impliedBy ?? 'not';
      const hint = 'List the values with enum, or say what is allowed instead of what is not.';
      refuse({ path, keyword, reason: `what ${keyword} leaves has no exact grammar`, hint });
    }
  }

  /** True when nothing of that kind that satisfies the rest falls under the node's `not`. */
  #isApart(nodes: readonly SchemaNode[], { node, negated, kind }: Negation): boolean {
    const around = this.document.implied(node, { keyword: 'not', key: 'around', keywords: without(node, 'not') });
    return this.#emptiness.isEmpty([...nodes.filter((other) => other !== node), around, negated], kind);
  }

  #checkExclusive(exclusive: readonly SchemaNode[]): void {
    for (const node of exclusive) {
      const branches = this.document.children(node, 'oneOf');
      const own = this.document.implied(node, { keyword: 'oneOf', key: 'around', keywords: without(node, 'oneOf') });
      const expanded = branches.map((branch) => this.expander.expand([own, branch]).alternatives);
      expanded.forEach((written, index) => {
        const others = expanded.filter((_, other) => other !== index).flat();
        for (const alternative of written) this.#checkApart(node, { alternative, others });
      });
    }
  }

  #checkApart(node: SchemaNode, pair: { alternative: Alternative; others: readonly Alternative[] }): void {
    const { alternative, others } = pair;
    if (others.every((other) => this.#emptiness.isApart(alternative, other))) return;
    const reason = 'two of its alternatives may hold at once';
    const hint = 'Use anyOf, or give each alternative a property with a const of its own.';
    refuse({ path: keywordPath(node, 'oneOf'), keyword: 'oneOf', reason, hint });
  }
}

/** Whole numbers that JavaScript has already rounded are not what the schema says. */
function isSafe(value: JsonValue): boolean {
  if (isJsonArray(value)) return value.every(isSafe);
  if (isJsonObject(value)) return Object.values(value).every(isSafe);
  return (
    typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21
  );
}

function refuseUnsafe(nodes: readonly SchemaNode[]): never {
  const node = nodes.find((one) => has(one, 'const') || has(one, 'enum'));
  const keyword = node && has(node, 'const') ? 'const' : 'enum';
  const reason = 'a whole number has more digits than readers keep apart';
  return refuse({ path: node ? keywordPath(node, keyword) : '', keyword, reason, hint: 'Write it as a string.' });
}

function without(node: SchemaNode, keyword: string): SchemaNode['keywords'] {
  return Object.fromEntries(Object.entries(node.keywords).filter(([name]) => name !== keyword));
}

function isDeciding(node: SchemaNode): boolean {
  return node.isFalse || has(node, '$ref') || decidingKeywords(node).length > 0;
}
