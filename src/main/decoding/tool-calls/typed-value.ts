import { readPythonLiteral } from './python-literal.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

const allTypes: readonly JsonType[] = ['string', 'number', 'boolean', 'null', 'object', 'array'];

/** The types a value of the schema may have; `root` resolves its references. All of them where nothing is said. */
export function findTypes(schema: unknown, root: unknown, depth = 0): ReadonlySet<JsonType> {
  if (!isRecord(schema) || depth > 16) return new Set(allTypes);
  const sets = constraintsOf(schema, root, depth);
  return sets.reduce((left, right) => new Set([...left].filter((type) => right.has(type))), new Set(allTypes));
}

function constraintsOf(schema: JsonSchema, root: unknown, depth: number): ReadonlySet<JsonType>[] {
  const sets: ReadonlySet<JsonType>[] = [];
  const { $ref: reference, type, anyOf, oneOf, allOf } = schema;
  const find = (part: unknown) => findTypes(part, root, depth + 1);
  if (typeof reference === 'string') sets.push(find(resolve(reference, root)));
  if (type !== undefined) sets.push(new Set([type].flat().flatMap(toJsonType)));
  if (Array.isArray(schema['enum'])) sets.push(new Set(schema['enum'].map(typeOf)));
  if ('const' in schema) sets.push(new Set([typeOf(schema['const'])]));
  for (const choice of [anyOf, oneOf]) {
    if (Array.isArray(choice)) sets.push(new Set(choice.flatMap((part) => [...find(part)])));
  }
  if (Array.isArray(allOf)) sets.push(...allOf.map(find));
  return sets;
}

/** A local reference such as `#/$defs/city`; undefined where it leads nowhere. */
export function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined;
  let value = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, key) ? (Reflect.get(value, key) as unknown) : undefined;
  }
  return value;
}

/** The schema of one property; undefined where the schema does not say. */
export function findProperty(schema: unknown, name: string, root: unknown = schema): unknown {
  if (!isRecord(schema)) return undefined;
  const { properties, $ref: reference, additionalProperties } = schema;
  if (isRecord(properties) && Object.hasOwn(properties, name)) return properties[name];
  if (typeof reference === 'string') return findProperty(resolve(reference, root), name, root);
  return isRecord(additionalProperties) ? additionalProperties : undefined;
}

/**
 * A value that was written as plain text, as JSON text. The schema's types decide; a text that fits none of them stays
 * what it is: a string.
 */
export function toJsonText(text: string, types: ReadonlySet<JsonType>): string {
  if (types.size === 1 && types.has('string')) return JSON.stringify(text);
  const trimmed = text.trim();
  const value = parseJson(trimmed) ?? readPythonLiteral(trimmed);
  if (value !== undefined && types.has(typeOf(value.value)) && typeof value.value !== 'string') return value.json;
  if (types.has('string') || value === undefined) return JSON.stringify(text);
  return value.json;
}

function parseJson(text: string): { value: unknown; json: string } | undefined {
  try {
    return { value: JSON.parse(text) as unknown, json: text };
  } catch {
    return undefined;
  }
}

function toJsonType(type: unknown): JsonType[] {
  if (type === 'integer') return ['number'];
  return allTypes.filter((known) => known === type);
}

export function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

export function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
