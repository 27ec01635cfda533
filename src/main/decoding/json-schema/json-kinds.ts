import { isJsonArray, isJsonObject, type JsonValue } from './json-value.ts';
import { has, misshapen } from './keyword-values.ts';
import type { SchemaNode } from './schema-document.ts';

/** The kinds of JSON values; whole numbers are numbers. */
export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export const jsonKinds: readonly JsonKind[] = ['null', 'boolean', 'number', 'string', 'array', 'object'];
/** Kinds with more values than can be listed. */
export const endlessKinds: readonly JsonKind[] = ['string', 'number', 'object', 'array'];

export function kindOf(value: JsonValue): JsonKind {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return typeof value as 'boolean' | 'number' | 'string';
}

export interface AllowedKinds {
  kinds: ReadonlySet<JsonKind>;
  /** True when a number must be whole. */
  isInteger: boolean;
}

const everything: AllowedKinds = { kinds: new Set(jsonKinds), isInteger: false };

/** What the node's `type` (and OpenAPI's `nullable`) allows. */
export function allowedKinds(node: SchemaNode): AllowedKinds {
  const type = node.keywords['type'];
  if (!has(node, 'type') || type === undefined) return everything;
  const names: readonly JsonValue[] = isJsonArray(type) ? type : [type];
  const kinds = new Set<JsonKind>();
  for (const name of names) {
    if (name === 'any') return everything;
    const kind = name === 'integer' ? 'number' : jsonKinds.find((known) => known === name);
    kinds.add(kind ?? misshapen(node, 'type', 'must name types of JSON'));
  }
  if (node.keywords['nullable'] === true) kinds.add('null');
  return { kinds, isInteger: names.includes('integer') && !names.includes('number') };
}

/** What all nodes allow together. */
export function sharedKinds(nodes: readonly SchemaNode[]): AllowedKinds {
  let kinds: ReadonlySet<JsonKind> = everything.kinds;
  let isInteger = false;
  for (const node of nodes) {
    const allowed = allowedKinds(node);
    kinds = new Set([...kinds].filter((kind) => allowed.kinds.has(kind)));
    isInteger ||= allowed.isInteger;
  }
  return { kinds, isInteger };
}
