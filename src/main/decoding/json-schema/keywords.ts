import type { SchemaNode } from './schema-document.ts';

/** Keywords that decide which values are valid, and which we read. */
const deciding = new Set([
  ...['$ref', 'additionalItems', 'additionalProperties', 'allOf', 'anyOf', 'const', 'contains', 'dependencies'],
  ...['dependentRequired', 'dependentSchemas', 'divisibleBy', 'else', 'enum', 'exclusiveMaximum', 'exclusiveMinimum'],
  ...['format', 'if', 'items', 'maxContains', 'maxItems', 'maxLength', 'maxProperties', 'maximum', 'minContains'],
  ...['minItems', 'minLength', 'minProperties', 'minimum', 'multipleOf', 'not', 'nullable', 'oneOf', 'pattern'],
  ...['patternProperties', 'prefixItems', 'properties', 'propertyNames', 'required', 'then', 'type'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'uniqueItems'],
]);

/** Keywords that decide, but that no grammar of ours can follow. */
const unsupported = ['$dynamicRef', '$recursiveRef', 'disallow', 'extends', 'propertyDependencies'];

/** Keywords that describe and decide nothing. */
const describing = new Set([
  ...['$anchor', '$comment', '$defs', '$dynamicAnchor', '$id', '$recursiveAnchor', '$schema', '$vocabulary'],
  ...['contentEncoding', 'contentMediaType', 'contentSchema', 'default', 'definitions', 'deprecated', 'description'],
  ...['example', 'examples', 'externalDocs', 'id', 'readOnly', 'title', 'writeOnly', 'xml'],
]);

export function decidingKeywords(node: SchemaNode): string[] {
  return Object.keys(node.keywords).filter((name) => deciding.has(name) || unsupported.includes(name));
}

/** A keyword of the node that forbids values in a way we cannot enforce. */
export function unsupportedKeyword(node: SchemaNode): string | undefined {
  return unsupported.find((name) => Object.hasOwn(node.keywords, name));
}

/** Keywords of the node that no version of JSON Schema knows: annotations, but worth naming. */
export function unknownKeywords(node: SchemaNode): string[] {
  const known = (name: string): boolean => deciding.has(name) || describing.has(name) || unsupported.includes(name);
  return Object.keys(node.keywords).filter((name) => !known(name));
}
