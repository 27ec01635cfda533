import type { Alternative } from './alternatives.ts';
import { entriesUnder, nodesOf, type Compilation } from './compilation.ts';
import { isJsonArray } from './json-value.ts';
import { countOf, has, keywordPath, listOf } from './keyword-values.ts';
import { refuse } from './refusal.ts';
import { itemSchema } from './schema-check.ts';
import type { SchemaNode } from './schema-document.ts';

/** All that the entries together ask of an array. */
export interface ArrayShape {
  readonly min: number;
  readonly max: number;
  /** Places that have schemas of their own. */
  readonly prefixLength: number;
  readonly unique: SchemaNode | undefined;
  readonly containing: readonly SchemaNode[];
  /** The schemas of the item at that place; every place from `prefixLength` on has the same. */
  readonly itemAt: (index: number) => SchemaNode[];
}

export function arrayShape(alternative: Alternative, compilation: Compilation): ArrayShape {
  const nodes = nodesOf(alternative);
  const min = Math.max(0, ...nodes.map((node) => countOf(node, 'minItems') ?? 0));
  const max = Math.min(...nodes.map((node) => countOf(node, 'maxItems') ?? Infinity));
  return {
    min,
    max,
    prefixLength: Math.max(0, ...nodes.map(prefixLengthOf)),
    unique: nodes.find(({ keywords }) => keywords['uniqueItems'] === true),
    containing: nodes.filter(isCounting),
    itemAt: (index) => itemSchemas(alternative, { index, compilation }),
  };
}

function isCounting(node: SchemaNode): boolean {
  return has(node, 'contains') && (countOf(node, 'minContains') !== 0 || has(node, 'maxContains'));
}

function prefixLengthOf(node: SchemaNode): number {
  const keyword = isJsonArray(node.keywords['items']) ? 'items' : 'prefixItems';
  return listOf(node, keyword)?.length ?? 0;
}

function itemSchemas(alternative: Alternative, at: { index: number; compilation: Compilation }): SchemaNode[] {
  const { index, compilation } = at;
  const schemas: SchemaNode[] = [];
  for (const { node } of alternative) {
    const own = itemSchema(compilation.document, { node, index });
    if (own) schemas.push(own);
    const unevaluated = compilation.document.child(node, 'unevaluatedItems');
    if (unevaluated && !isEvaluated(alternative, { node, index, compilation })) schemas.push(unevaluated);
  }
  return schemas;
}

interface Place {
  node: SchemaNode;
  index: number;
  compilation: Compilation;
}

function isEvaluated(alternative: Alternative, { node, index, compilation }: Place): boolean {
  return entriesUnder(alternative, node).some((entry) => {
    if (has(entry.node, 'contains')) {
      const path = keywordPath(node, 'unevaluatedItems');
      refuse({ path, keyword: 'unevaluatedItems', reason: 'contains decides which items are left' });
    }
    if (entry.node !== node && has(entry.node, 'unevaluatedItems')) return true;
    return itemSchema(compilation.document, { node: entry.node, index }) !== undefined;
  });
}
