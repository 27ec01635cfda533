import type { Budget } from './budget.ts';
import { isJsonArray, member, type JsonObject } from './json-value.ts';
import { has, mapOf, textsOf } from './keyword-values.ts';
import { refuse } from './refusal.ts';
import type { SchemaDocument, SchemaNode } from './schema-document.ts';

/** A schema that holds for a value, and the schemas around it that speak of the same value (itself included). */
export interface Entry {
  readonly node: SchemaNode;
  readonly owners: readonly number[];
}

/** One way to be valid: all its entries hold. */
export type Alternative = readonly Entry[];

export interface Expansion {
  readonly alternatives: readonly Alternative[];
  /** Nodes whose `oneOf` was read as `anyOf`: that no two branches meet remains to be shown. */
  readonly exclusive: readonly SchemaNode[];
}

const mostAlternatives = 400;

interface Opposite {
  tested: SchemaNode;
  keyword: string;
  walk: Walk;
}

interface Walk {
  owners: readonly number[];
  exclusive: Set<SchemaNode>;
}

/** Splits schemas that hold together into alternatives without `$ref`, `allOf`, `anyOf`, `oneOf` and their like. */
export class Expander {
  readonly #document: SchemaDocument;
  readonly #budget: Budget;

  constructor(document: SchemaDocument, budget: Budget) {
    this.#document = document;
    this.#budget = budget;
  }

  expand(nodes: readonly SchemaNode[]): Expansion {
    const exclusive = new Set<SchemaNode>();
    let alternatives: Alternative[] = [[]];
    for (const node of nodes) alternatives = this.#and(alternatives, this.#node(node, { owners: [], exclusive }), node);
    return { alternatives, exclusive: [...exclusive] };
  }

  #node(node: SchemaNode, { owners, exclusive }: Walk): Alternative[] {
    this.#budget.tick();
    if (node.isFalse) return [];
    if (node.keywords['required'] === true) return misplacedRequired(node);
    if (owners.includes(node.id)) {
      const reason = 'its references lead back to itself without a value in between';
      return refuse({ path: `${node.path}/$ref`, keyword: '$ref', reason });
    }
    const walk = { owners: [...owners, node.id], exclusive };
    if (this.#document.isOldDraft && has(node, '$ref')) return this.#node(this.#document.target(node), walk);
    let alternatives: Alternative[] = [[{ node, owners: walk.owners }]];
    for (const branches of this.#parts(node, walk)) alternatives = this.#and(alternatives, branches, node);
    return alternatives;
  }

  /** What must hold besides the node's own keywords: each part is a choice of alternatives. */
  *#parts(node: SchemaNode, walk: Walk): Generator<Alternative[]> {
    const document = this.#document;
    const either = (nodes: readonly SchemaNode[]): Alternative[] => nodes.flatMap((one) => this.#node(one, walk));
    if (has(node, '$ref')) yield this.#node(document.target(node), walk);
    for (const child of document.children(node, 'allOf')) yield this.#node(child, walk);
    if (has(node, 'anyOf')) yield either(document.children(node, 'anyOf'));
    if (has(node, 'oneOf')) {
      walk.exclusive.add(node);
      yield either(document.children(node, 'oneOf'));
    }
    yield* this.#dependencies(node, walk);
    const condition = has(node, 'then') || has(node, 'else') ? document.child(node, 'if') : undefined;
    if (condition) yield this.#conditional(node, condition, walk);
    const negated = document.child(node, 'not');
    if (negated && isTurnedAround(negated)) yield this.#opposite(node, { tested: negated, keyword: 'not', walk });
  }

  #conditional(node: SchemaNode, condition: SchemaNode, walk: Walk): Alternative[] {
    const branch = (start: Alternative[], keyword: string): Alternative[] => {
      const child = this.#document.child(node, keyword);
      return child ? this.#and(start, this.#node(child, walk), node) : start;
    };
    const opposite = this.#opposite(node, { tested: condition, keyword: 'if', walk });
    return [...branch(this.#node(condition, walk), 'then'), ...branch(opposite, 'else')];
  }

  /** What the tested schema refuses. It speaks for no owner: what fails evaluates no property. */
  #opposite(node: SchemaNode, { tested, keyword, walk }: Opposite): Alternative[] {
    if (tested.isFalse) return [[]];
    const imply = (key: string, keywords: JsonObject): Alternative[] =>
      this.#node(this.#document.implied(node, { keyword, key, keywords }), { ...walk, owners: [] });
    if (!isPropertyTest(tested)) return imply('not', { not: tested.keywords });
    const absent = textsOf(tested, 'required').flatMap((name) =>
      imply(`absent/${name}`, { properties: { [name]: false }, type: 'object' }),
    );
    const other = Object.entries(mapOf(tested, 'properties') ?? {}).flatMap(([name, schema]) =>
      imply(`other/${name}`, { properties: { [name]: { not: schema } }, required: [name], type: 'object' }),
    );
    const others = { type: ['null', 'boolean', 'number', 'string', 'array'] };
    return [...absent, ...other, ...(has(tested, 'type') ? imply('type', others) : [])];
  }

  /** `dependentRequired`, `dependentSchemas` and the older `dependencies`: the name is absent, or the rest holds. */
  *#dependencies(node: SchemaNode, walk: Walk): Generator<Alternative[]> {
    for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
      for (const [name, needed] of Object.entries(mapOf(node, keyword) ?? {})) {
        const imply = (key: string, keywords: JsonObject): Alternative[] =>
          this.#node(this.#document.implied(node, { keyword, key: `${key}/${name}`, keywords }), walk);
        const names = typeof needed === 'string' ? [needed] : needed;
        const required = isJsonArray(names) ? [name, ...names] : [name];
        const present = imply('present', { type: 'object', required });
        const schema = isJsonArray(names) ? undefined : this.#document.child(node, keyword, name);
        const more = schema ? this.#node(schema, walk) : [[]];
        yield [...imply('absent', { properties: { [name]: false } }), ...this.#and(present, more, node)];
      }
    }
  }

  #and(left: readonly Alternative[], right: readonly Alternative[], node: SchemaNode): Alternative[] {
    if (left.length * right.length > mostAlternatives) {
      const reason = `its choices multiply to more than ${String(mostAlternatives)}`;
      const keyword = ['anyOf', 'oneOf', 'allOf'].find((name) => has(node, name)) ?? '$ref';
      return refuse({ path: `${node.path}/${keyword}`, keyword, reason });
    }
    return left.flatMap((one) => right.map((other) => [...one, ...other]));
  }
}

/** Draft 3 marked the property itself; taken for an annotation, that would be dropped in silence. */
function misplacedRequired(node: SchemaNode): never {
  const hint = 'Name the property in the required list of its object.';
  const reason = 'required must be a list of names';
  return refuse({ path: `${node.path}/required`, keyword: 'required', reason, hint });
}

const annotations = new Set(['title', 'description', '$comment', 'default', 'examples']);

/** `if` and `not` that only ask for properties can be turned around, one property at a time. */
function isPropertyTest(node: SchemaNode): boolean {
  const names = Object.keys(node.keywords).filter((name) => !annotations.has(name));
  if (member(node.keywords, 'type') !== undefined && member(node.keywords, 'type') !== 'object') return false;
  return names.every((name) => name === 'properties' || name === 'required' || name === 'type');
}

/** `not` of nothing but a presence: {@link Expander} turns it into alternatives. */
export function isTurnedAround(node: SchemaNode): boolean {
  return !node.isFalse && isPropertyTest(node) && !has(node, 'properties') && isJsonArray(node.keywords['required']);
}
