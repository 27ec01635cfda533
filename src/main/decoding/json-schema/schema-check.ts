import type { Budget } from './budget.ts';
import {
  canonicalText,
  codePointCount,
  isJsonArray,
  isJsonObject,
  member,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';
import { allowedKinds, kindOf } from './json-kinds.ts';
import { countOf, has, keywordPath, listOf, mapOf, numberOf, textOf, textsOf } from './keyword-values.ts';
import type { Patterns } from './patterns.ts';
import { refuse } from './refusal.ts';
import type { SchemaDocument, SchemaNode } from './schema-document.ts';

interface CheckParts {
  document: SchemaDocument;
  patterns: Patterns;
  budget: Budget;
}

type Test = (node: SchemaNode, value: JsonValue) => boolean;

/** Tells whether a known value is valid: what makes schemas with few values exact, whatever keywords they use. */
export class SchemaCheck {
  readonly #document: SchemaDocument;
  readonly #patterns: Patterns;
  readonly #budget: Budget;
  #depth = 0;
  /** Above 0, "refused" would lead to "valid" outside: a reading that is narrower than the truth is not enough. */
  #negations = 0;
  readonly #tests: readonly Test[];

  constructor({ document, patterns, budget }: CheckParts) {
    this.#document = document;
    this.#patterns = patterns;
    this.#budget = budget;
    this.#tests = [
      (node, value) => isOfType(node, value),
      (node, value) => isListed(node, value),
      (node, value) => typeof value !== 'number' || isInBounds(node, value),
      (node, value) => typeof value !== 'string' || this.#string(node, value),
      (node, value) => !isJsonArray(value) || this.#array(node, value),
      (node, value) => !isJsonObject(value) || this.#object(node, value),
      (node, value) => this.#joined(node, value),
      (node, value) => this.#conditional(node, value),
    ];
  }

  isValid(node: SchemaNode, value: JsonValue): boolean {
    this.#budget.tick();
    if (node.isFalse) return false;
    if (++this.#depth > 100) refuse({ path: node.path, keyword: '$ref', reason: 'it nests too deeply' });
    const isOnlyReference = this.#document.isOldDraft && has(node, '$ref');
    const isValid = isOnlyReference
      ? this.isValid(this.#document.target(node), value)
      : this.#tests.every((test) => test(node, value));
    this.#depth--;
    return isValid;
  }

  #string(node: SchemaNode, value: string): boolean {
    const length = codePointCount(value);
    if (length < (countOf(node, 'minLength') ?? 0) || length > (countOf(node, 'maxLength') ?? Infinity)) return false;
    return this.#pattern(node, value) && this.#format(node, value);
  }

  #pattern(node: SchemaNode, text: string): boolean {
    const source = textOf(node, 'pattern');
    return source === undefined || this.matches(source, { path: keywordPath(node, 'pattern'), text });
  }

  /** Whether the pattern matches for every reader; where readers differ inside a negation, it is refused. */
  matches(source: string, { path, text }: { path: string; text: string }): boolean {
    if (this.#patterns.patternAccepts(source, { path, reading: 'must', text })) return true;
    if (this.#negations === 0 || !this.#patterns.patternAccepts(source, { path, reading: 'may', text })) return false;
    return refuse({ path, keyword: 'pattern', reason: 'readers of the schema differ in what the pattern matches' });
  }

  #format(node: SchemaNode, text: string): boolean {
    const name = textOf(node, 'format');
    const path = keywordPath(node, 'format');
    if (name === undefined || this.#patterns.formatAccepts(name, { path, text })) return true;
    if (this.#negations === 0) return false;
    return refuse({ path, keyword: 'format', reason: `the format ${name} is tested where a failure would count` });
  }

  #array(node: SchemaNode, value: readonly JsonValue[]): boolean {
    if (value.length < (countOf(node, 'minItems') ?? 0)) return false;
    if (value.length > (countOf(node, 'maxItems') ?? Infinity)) return false;
    if (node.keywords['uniqueItems'] === true && new Set(value.map(canonicalText)).size < value.length) return false;
    if (has(node, 'unevaluatedItems')) return refuseHere(node, 'unevaluatedItems');
    const isFitting = value.every((item, index) => {
      const schema = itemSchema(this.#document, { node, index });
      return !schema || this.isValid(schema, item);
    });
    return isFitting && this.#contains(node, value);
  }

  #contains(node: SchemaNode, value: readonly JsonValue[]): boolean {
    const wanted = this.#document.child(node, 'contains');
    if (!wanted) return true;
    const most = countOf(node, 'maxContains') ?? Infinity;
    const test = (): number => value.filter((item) => this.isValid(wanted, item)).length;
    const count = most === Infinity ? test() : this.#negated(test);
    const isEnough = count >= (countOf(node, 'minContains') ?? 1) && count <= most;
    // Ajv takes an empty array for valid here, which must not decide what stands around it.
    if (!isEnough && this.#negations > 0 && has(node, 'prefixItems')) {
      const reason = 'readers of the schema differ in what contains means beside prefixItems';
      refuse({ path: keywordPath(node, 'contains'), keyword: 'contains', reason });
    }
    return isEnough;
  }

  #object(node: SchemaNode, value: JsonObject): boolean {
    const names = Object.keys(value);
    if (names.length < (countOf(node, 'minProperties') ?? 0)) return false;
    if (names.length > (countOf(node, 'maxProperties') ?? Infinity)) return false;
    if (!textsOf(node, 'required').every((name) => Object.hasOwn(value, name))) return false;
    if (has(node, 'unevaluatedProperties')) return refuseHere(node, 'unevaluatedProperties');
    const nameSchema = this.#document.child(node, 'propertyNames');
    if (nameSchema && !names.every((name) => this.isValid(nameSchema, name))) return false;
    return (
      names.every((name) =>
        this.propertySchemas(node, name).every((schema) => this.isValid(schema, member(value, name) ?? null)),
      ) && this.#dependencies(node, value)
    );
  }

  /** The schemas that the node has for a property of that name. */
  propertySchemas(node: SchemaNode, name: string): SchemaNode[] {
    const schemas: SchemaNode[] = [];
    const declared = Object.hasOwn(mapOf(node, 'properties') ?? {}, name);
    const own = declared ? this.#document.child(node, 'properties', name) : undefined;
    if (own) schemas.push(own);
    for (const source of Object.keys(mapOf(node, 'patternProperties') ?? {})) {
      const path = `${keywordPath(node, 'patternProperties')}/${source}`;
      if (!this.#certainly(source, { path, text: name })) continue;
      const schema = this.#document.child(node, 'patternProperties', source);
      if (schema) schemas.push(schema);
    }
    const additional = schemas.length === 0 ? this.#document.child(node, 'additionalProperties') : undefined;
    return additional ? [additional] : schemas;
  }

  /** Whether a name matches, where a wrong answer either way would choose the wrong schema. */
  #certainly(source: string, { path, text }: { path: string; text: string }): boolean {
    return this.#negated(() => this.matches(source, { path, text }));
  }

  #dependencies(node: SchemaNode, value: JsonObject): boolean {
    return ['dependentRequired', 'dependentSchemas', 'dependencies'].every((keyword) =>
      Object.entries(mapOf(node, keyword) ?? {}).every(([name, needed]) => {
        if (!Object.hasOwn(value, name)) return true;
        if (typeof needed === 'string') return Object.hasOwn(value, needed);
        if (isJsonArray(needed))
          return needed.every((other) => typeof other !== 'string' || Object.hasOwn(value, other));
        const schema = this.#document.child(node, keyword, name);
        return !schema || this.isValid(schema, value);
      }),
    );
  }

  #joined(node: SchemaNode, value: JsonValue): boolean {
    const document = this.#document;
    if (has(node, '$ref') && !this.isValid(document.target(node), value)) return false;
    if (!document.children(node, 'allOf').every((child) => this.isValid(child, value))) return false;
    const any = document.children(node, 'anyOf');
    if (has(node, 'anyOf') && !any.some((child) => this.isValid(child, value))) return false;
    if (!has(node, 'oneOf')) return true;
    const valid = this.#negated(() => document.children(node, 'oneOf').filter((child) => this.isValid(child, value)));
    return valid.length === 1;
  }

  #conditional(node: SchemaNode, value: JsonValue): boolean {
    const negated = this.#document.child(node, 'not');
    if (negated && this.#negated(() => this.isValid(negated, value))) return false;
    const condition = this.#document.child(node, 'if');
    if (!condition) return true;
    const holds = this.#negated(() => this.isValid(condition, value));
    const branch = this.#document.child(node, holds ? 'then' : 'else');
    return !branch || this.isValid(branch, value);
  }

  #negated<Result>(test: () => Result): Result {
    this.#negations++;
    const result = test();
    this.#negations--;
    return result;
  }
}

/** The schema that the node itself has for the item at that place. */
export function itemSchema(document: SchemaDocument, at: { node: SchemaNode; index: number }): SchemaNode | undefined {
  const { node, index } = at;
  const isTuple = isJsonArray(node.keywords['items']);
  const prefix = isTuple ? 'items' : 'prefixItems';
  if (index < (listOf(node, prefix)?.length ?? 0)) return document.child(node, prefix, index);
  return document.child(node, isTuple ? 'additionalItems' : 'items');
}

function refuseHere(node: SchemaNode, keyword: string): never {
  return refuse({ path: keywordPath(node, keyword), keyword, reason: `${keyword} meets listed values` });
}

function isOfType(node: SchemaNode, value: JsonValue): boolean {
  const { kinds, isInteger } = allowedKinds(node);
  if (!kinds.has(kindOf(value))) return false;
  return !isInteger || typeof value !== 'number' || Number.isInteger(value);
}

function isListed(node: SchemaNode, value: JsonValue): boolean {
  const own = canonicalText(value);
  const constant = member(node.keywords, 'const');
  if (constant !== undefined && canonicalText(constant) !== own) return false;
  const list = listOf(node, 'enum');
  return !list || list.some((item) => canonicalText(item) === own);
}

/** Bounds and `multipleOf` as every reader computes them, in floating point. */
export function isInBounds(node: SchemaNode, value: number): boolean {
  const { low, high, isLowExcluded, isHighExcluded } = boundsOf(node);
  if (value < low || value > high) return false;
  if ((isLowExcluded && value === low) || (isHighExcluded && value === high)) return false;
  const factor = numberOf(node, 'multipleOf') ?? numberOf(node, 'divisibleBy');
  return factor === undefined || Number.isInteger(value / factor);
}

export interface Bounds {
  low: number;
  high: number;
  isLowExcluded: boolean;
  isHighExcluded: boolean;
}

/** The node's bounds; draft 4 writes `exclusiveMinimum: true` beside `minimum`. */
export function boundsOf(node: SchemaNode): Bounds {
  const bounds: Bounds = {
    low: numberOf(node, 'minimum') ?? -Infinity,
    high: numberOf(node, 'maximum') ?? Infinity,
    isLowExcluded: node.keywords['exclusiveMinimum'] === true,
    isHighExcluded: node.keywords['exclusiveMaximum'] === true,
  };
  const low = typeof node.keywords['exclusiveMinimum'] === 'boolean' ? undefined : numberOf(node, 'exclusiveMinimum');
  const high = typeof node.keywords['exclusiveMaximum'] === 'boolean' ? undefined : numberOf(node, 'exclusiveMaximum');
  if (low !== undefined && low >= bounds.low) Object.assign(bounds, { low, isLowExcluded: true });
  if (high !== undefined && high <= bounds.high) Object.assign(bounds, { high, isHighExcluded: true });
  return bounds;
}
