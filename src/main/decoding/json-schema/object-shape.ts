import type { Alternative } from './alternatives.ts';
import { anyText, both, complement, isEmptyLanguage, type Automaton } from './automaton.ts';
import { entriesUnder, nodesOf, type Compilation } from './compilation.ts';
import { countOf, has, keywordPath, mapOf, textsOf } from './keyword-values.ts';
import { refuse } from './refusal.ts';
import type { SchemaNode } from './schema-document.ts';

export interface DeclaredProperty {
  readonly name: string;
  readonly isRequired: boolean;
  /** Schemas that its value must satisfy together. */
  readonly schemas: SchemaNode[];
}

/** Names that are declared nowhere but fall under the same schemas. */
export interface FreeNames {
  /** undefined: any name. */
  readonly names: Automaton | undefined;
  readonly schemas: SchemaNode[];
}

export interface ObjectShape {
  readonly min: number;
  readonly max: number;
  readonly declared: readonly DeclaredProperty[];
  readonly free: readonly FreeNames[];
  /** Names that are no free ones: declared, or forbidden. */
  readonly named: readonly string[];
  /** Path of a `minProperties`, for refusals. */
  readonly minPath: string;
}

/** All that the entries together ask of an object. */
export function objectShape(alternative: Alternative, compilation: Compilation): ObjectShape {
  checkUnevaluated(alternative);
  const nodes = nodesOf(alternative);
  const min = Math.max(0, ...nodes.map((node) => countOf(node, 'minProperties') ?? 0));
  const max = Math.min(...nodes.map((node) => countOf(node, 'maxProperties') ?? Infinity));
  const minNode = nodes.find((node) => has(node, 'minProperties'));
  const minPath = minNode ? keywordPath(minNode, 'minProperties') : '';
  const required = new Set(nodes.flatMap((node) => textsOf(node, 'required')));
  const names = new Set([...nodes.flatMap((node) => Object.keys(mapOf(node, 'properties') ?? {})), ...required]);
  const nameSchemas = nodes.flatMap((node) => compilation.document.child(node, 'propertyNames') ?? []);
  const declared: DeclaredProperty[] = [];
  for (const name of names) {
    compilation.budget.tick();
    const isNamed = nameSchemas.every((schema) => compilation.check.isValid(schema, name));
    const schemas = schemasFor(alternative, { name, compilation });
    const isPossible = isNamed && !schemas.some(({ isFalse }) => isFalse);
    if (!isPossible && required.has(name)) return { min: 1, max: 0, declared: [], free: [], named: [], minPath };
    if (isPossible) declared.push({ name, isRequired: required.has(name), schemas });
  }
  const isClosed = isClosedByDefault(nodes, { compilation, isEnough: declared.length >= min });
  const free = isClosed ? [] : freeNames(alternative, { nameSchemas, compilation });
  return { min, max, declared, free, named: [...names], minPath };
}

/** Ajv forgets what it has evaluated when a dependent schema does not apply. */
function checkUnevaluated(alternative: Alternative): void {
  for (const { node } of alternative) {
    if (!has(node, 'unevaluatedProperties')) continue;
    if (!entriesUnder(alternative, node).some((entry) => has(entry.node, 'dependentSchemas'))) continue;
    const path = keywordPath(node, 'unevaluatedProperties');
    refuse({ path, keyword: 'unevaluatedProperties', reason: 'readers differ in what dependentSchemas evaluate' });
  }
}

const opening = ['additionalProperties', 'patternProperties', 'unevaluatedProperties', 'propertyNames'];

/** An object that declares its properties and says nothing of others is meant to have no others. */
function isClosedByDefault(
  nodes: readonly SchemaNode[],
  { compilation, isEnough }: { compilation: Compilation; isEnough: boolean },
): boolean {
  if (compilation.isOpen || !isEnough) return false;
  if (nodes.some((node) => opening.some((keyword) => has(node, keyword)))) return false;
  return nodes.some((node) => Object.values(mapOf(node, 'properties') ?? {}).some((schema) => schema !== false));
}

interface NamedProperty {
  name: string;
  compilation: Compilation;
}

function schemasFor(alternative: Alternative, { name, compilation }: NamedProperty): SchemaNode[] {
  const { check } = compilation;
  return alternative.flatMap(({ node }) => {
    const own = check.propertySchemas(node, name);
    const rest = compilation.document.child(node, 'unevaluatedProperties');
    if (!rest) return own;
    const isEvaluated = entriesUnder(alternative, node).some(
      (entry) => evaluates(entry.node, check.propertySchemas(entry.node, name)) || hasOtherRest(entry.node, node),
    );
    return isEvaluated ? own : [...own, rest];
  });
}

/**
 * Whether the node's own schemas for a name evaluate it. An `additionalProperties` that is a schema does by the standard,
 * but not for Python's jsonschema: such a name must satisfy both.
 */
function evaluates(node: SchemaNode, schemas: readonly SchemaNode[]): boolean {
  const isRest = schemas.length === 1 && schemas[0]?.path === keywordPath(node, 'additionalProperties');
  return schemas.length > 0 && (!isRest || typeof node.keywords['additionalProperties'] === 'boolean');
}

function hasOtherRest(inner: SchemaNode, outer: SchemaNode): boolean {
  return inner !== outer && typeof inner.keywords['unevaluatedProperties'] === 'boolean';
}

const mostPatterns = 5;

interface FreeParts {
  nameSchemas: readonly SchemaNode[];
  compilation: Compilation;
}

/** Every combination of patterns that a name can match, with the schemas it brings. */
function freeNames(alternative: Alternative, { nameSchemas, compilation }: FreeParts): FreeNames[] {
  const sources = patternsOf(alternative);
  if (sources.size > mostPatterns) {
    const [path = ''] = sources.values();
    return refuse({ path, keyword: 'patternProperties', reason: `more than ${String(mostPatterns)} patterns meet` });
  }
  const starts = nameSchemas.length > 0 ? compilation.texts(nameSchemas) : [undefined];
  let classes = starts.map((names) => ({ names, matched: new Set<string>() }));
  for (const [source, path] of sources) {
    classes = classes.flatMap((one) => split(one, { source, path, compilation }));
  }
  return classes.flatMap(({ names, matched }) => {
    const schemas = schemasOfClass(alternative, { matched, compilation });
    return schemas.some(({ isFalse }) => isFalse) ? [] : [{ names, schemas }];
  });
}

function patternsOf(alternative: Alternative): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { node } of alternative) {
    const path = keywordPath(node, 'patternProperties');
    for (const source of Object.keys(mapOf(node, 'patternProperties') ?? {})) sources.set(source, `${path}/${source}`);
  }
  return sources;
}

interface NameClass {
  names: Automaton | undefined;
  matched: Set<string>;
}

/** The names that surely match the pattern and those that surely don't. */
function split(
  { names = anyText, matched }: NameClass,
  { source, path, compilation }: { source: string; path: string; compilation: Compilation },
): NameClass[] {
  const { patterns } = compilation;
  const read = (reading: 'must' | 'may'): Automaton =>
    patterns.automaton(patterns.pattern(source, { path, reading }), { key: `${reading}:${source}`, path });
  const inside = both(names, read('must'), patterns.limits);
  const outside = both(names, complement(read('may')), patterns.limits);
  const classes = [
    { names: inside, matched: new Set([...matched, source]) },
    { names: outside, matched },
  ];
  return classes.filter((one) => !isEmptyLanguage(one.names));
}

interface ClassParts {
  matched: ReadonlySet<string>;
  compilation: Compilation;
}

function schemasOfClass(alternative: Alternative, { matched, compilation }: ClassParts): SchemaNode[] {
  const { document } = compilation;
  const own = (node: SchemaNode): SchemaNode[] => {
    const sources = Object.keys(mapOf(node, 'patternProperties') ?? {}).filter((source) => matched.has(source));
    const schemas = sources.flatMap((source) => document.child(node, 'patternProperties', source) ?? []);
    return schemas.length > 0 ? schemas : [document.child(node, 'additionalProperties') ?? []].flat();
  };
  return alternative.flatMap(({ node }) => {
    const rest = document.child(node, 'unevaluatedProperties');
    const isEvaluated = entriesUnder(alternative, node).some(
      (entry) => evaluates(entry.node, own(entry.node)) || hasOtherRest(entry.node, node),
    );
    return rest && !isEvaluated ? [...own(node), rest] : own(node);
  });
}
