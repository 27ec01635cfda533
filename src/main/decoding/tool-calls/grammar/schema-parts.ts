import { isRecord, type JsonSchema, type JsonType, resolve, typeOf } from '../typed-value.ts';

/** What only the grammar of quoted strings enforces. */
export const stringKeywords = ['pattern', 'format', 'minLength', 'maxLength'];

/** What speaks of an object as a whole, beyond its properties. */
export const objectKeywords = [
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', '$ref', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
];

/** What speaks of a list as a whole, beyond what its items are. */
export const listKeywords = ['uniqueItems', 'contains', 'prefixItems'];

/** The values of `enum` or `const`; undefined where the schema has neither. */
export function constantsOf(schema: unknown, root: unknown): { type: JsonType; value: unknown }[] | undefined {
  const target = follow(schema, root);
  if (!isRecord(target)) return undefined;
  const values = 'const' in target ? [target['const']] : target['enum'];
  if (!Array.isArray(values) || values.length === 0) return undefined;
  return values.map((value: unknown) => ({ type: typeOf(value), value }));
}

/** What a schema that is only a reference stands for. */
export function follow(schema: unknown, root: unknown): unknown {
  let target = schema;
  for (let depth = 0; depth < 16 && isRecord(target) && typeof target['$ref'] === 'string'; depth++) {
    target = resolve(target['$ref'], root);
  }
  return target;
}

/** A part of a schema that stands alone: the definitions it may refer to go with it. `types` narrows it. */
export function withDefinitions(schema: unknown, root: JsonSchema, types?: readonly JsonType[]): JsonSchema {
  const own = isRecord(schema) ? schema : {};
  const definitions = Object.fromEntries(
    ['$defs', 'definitions'].filter((key) => key in root).map((key) => [key, root[key]]),
  );
  return { ...own, ...definitions, ...(types === undefined ? {} : { type: toSchemaTypes(own, types) }) };
}

function toSchemaTypes({ type }: JsonSchema, types: readonly JsonType[]): string[] {
  const declared = [type].flat();
  const isInteger = declared.includes('integer') && !declared.includes('number');
  return types.map((name) => (name === 'number' && isInteger ? 'integer' : name));
}
