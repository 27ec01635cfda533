import type { SchemaNode } from './schema-document.ts';
import { isKnownFormat } from './string-formats.ts';

/** Keywords that decide which values are valid, and which we read. */
const deciding = new Set([
  ...['$ref', 'additionalItems', 'additionalProperties', 'allOf', 'anyOf', 'const', 'contains', 'contentEncoding'],
  ...[
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'divisibleBy',
    'else',
    'enum',
    'exclusiveMaximum',
    'exclusiveMinimum',
  ],
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
  ...['default', 'definitions', 'deprecated', 'description'],
  ...['example', 'examples', 'externalDocs', 'id', 'readOnly', 'title', 'writeOnly', 'xml'],
]);

export function decidingKeywords(node: SchemaNode): string[] {
  return Object.keys(node.keywords).filter((name) => deciding.has(name) || unsupported.includes(name));
}

/** A keyword of the node that forbids values in a way we cannot enforce. */
export function unsupportedKeyword(node: SchemaNode): string | undefined {
  return unsupported.find((name) => Object.hasOwn(node.keywords, name));
}

/** Keywords that no version of JSON Schema knows, and formats without a rule: they decide nothing here. */
export function ignoredKeywords(node: SchemaNode): string[] {
  const isKnown = (name: string): boolean =>
    deciding.has(name) || describing.has(name) || unsupported.includes(name) || name.startsWith('x-');
  const ignored = Object.keys(node.keywords).filter((name) => !isKnown(name));
  const format = node.keywords['format'];
  if (typeof format === 'string' && !isKnownFormat(format)) ignored.push('format');
  if (Object.hasOwn(node.keywords, 'contentEncoding') && node.keywords['contentEncoding'] !== 'base64') {
    ignored.push('contentEncoding');
  }
  return ignored;
}
