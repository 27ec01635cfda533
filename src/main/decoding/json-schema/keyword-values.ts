import { isJsonArray, isJsonObject, member, type JsonObject, type JsonValue } from './json-value.ts';
import { refuse } from './refusal.ts';
import type { SchemaNode } from './schema-document.ts';

/** JSON pointer of a node's keyword. */
export function keywordPath(node: SchemaNode, keyword: string): string {
  return `${node.path}/${keyword}`;
}

/** The keyword's number, if it stands there. */
export function numberOf(node: SchemaNode, keyword: string): number | undefined {
  const value = member(node.keywords, keyword);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return misshapen(node, keyword, 'must be a number');
}

const largestMinimum = 100_000;
/** More characters than a million tokens hold: no answer can exceed it. */
const largestMaximum = 100_000_000;

/** A keyword that counts; `min…` keywords beyond any answer's length are refused. */
export function countOf(node: SchemaNode, keyword: string): number | undefined {
  const value = numberOf(node, keyword);
  if (value === undefined) return undefined;
  if (value < 0 || !Number.isInteger(value)) return misshapen(node, keyword, 'must be a whole number');
  if (keyword.startsWith('min') && value > largestMinimum) {
    const reason = `${keyword} ${String(value)} is longer than any answer`;
    return refuse({ path: keywordPath(node, keyword), keyword, reason, hint: 'Ask for less.' });
  }
  return value > largestMaximum ? Infinity : value;
}

export function listOf(node: SchemaNode, keyword: string): readonly JsonValue[] | undefined {
  const value = member(node.keywords, keyword);
  if (value === undefined || isJsonArray(value)) return value;
  return misshapen(node, keyword, 'must be a list');
}

export function mapOf(node: SchemaNode, keyword: string): JsonObject | undefined {
  const value = member(node.keywords, keyword);
  if (value === undefined || isJsonObject(value)) return value;
  return misshapen(node, keyword, 'must be an object');
}

export function textOf(node: SchemaNode, keyword: string): string | undefined {
  const value = member(node.keywords, keyword);
  if (value === undefined || typeof value === 'string') return value;
  return misshapen(node, keyword, 'must be a text');
}

/** The texts of a list such as `required`; `required: false`, as draft 3 has it, names nothing. */
export function textsOf(node: SchemaNode, keyword: string): string[] {
  if (member(node.keywords, keyword) === false) return [];
  return (listOf(node, keyword) ?? []).filter((item) => typeof item === 'string');
}

export function has(node: SchemaNode, keyword: string): boolean {
  return Object.hasOwn(node.keywords, keyword);
}

export function misshapen(node: SchemaNode, keyword: string, reason: string): never {
  return refuse({
    path: keywordPath(node, keyword),
    keyword,
    reason: `${keyword} ${reason}`,
    hint: 'Mend the schema.',
  });
}
