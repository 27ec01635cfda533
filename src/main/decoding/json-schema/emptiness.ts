import type { Alternative } from './alternatives.ts';
import { arrayShape } from './array-shape.ts';
import { nodesOf, type Compilation } from './compilation.ts';
import { endlessKinds, jsonKinds, sharedKinds, type JsonKind } from './json-kinds.ts';
import type { JsonValue } from './json-value.ts';
import { isJsonArray } from './json-value.ts';
import { listOf, textsOf } from './keyword-values.ts';
import { numberShape, scaledBounds } from './number-shape.ts';
import { objectShape } from './object-shape.ts';
import type { SchemaNode } from './schema-document.ts';
import { isEmptyString, stringShape } from './string-rules.ts';

/** How deep proofs look into properties and items. */
const deepestProof = 4;

/** Proves that schemas have no value in common. A proof that fails means nothing: there may be none all the same. */
export class Emptiness {
  readonly #compilation: Compilation;
  #depth = 0;

  constructor(compilation: Compilation) {
    this.#compilation = compilation;
  }

  isEmpty(nodes: readonly SchemaNode[], kind?: JsonKind): boolean {
    if (nodes.some(({ isFalse }) => isFalse)) return true;
    if (this.#depth >= deepestProof || nodes.length === 0) return false;
    this.#depth++;
    try {
      const { alternatives } = this.#compilation.expander.expand(nodes);
      return alternatives.every((alternative) => this.isEmptyAlternative(alternative, kind));
    } finally {
      this.#depth--;
    }
  }

  isEmptyAlternative(alternative: Alternative, kind?: JsonKind): boolean {
    this.#compilation.budget.tick();
    const nodes = nodesOf(alternative);
    const values = listedIn(nodes);
    if (values) return !values.some((value) => nodes.every((node) => this.#compilation.check.isValid(node, value)));
    const { kinds } = sharedKinds(nodes);
    const wanted = jsonKinds.filter((one) => kinds.has(one) && (kind === undefined || one === kind));
    return wanted.every((one) => endlessKinds.includes(one) && this.#isEmptyKind(alternative, one));
  }

  #isEmptyKind(alternative: Alternative, kind: JsonKind): boolean {
    const nodes = nodesOf(alternative);
    switch (kind) {
      case 'number': {
        const shape = numberShape(nodes, sharedKinds(nodes).isInteger);
        const scale = shape.isInteger ? 1n : 10n ** 20n;
        const { low, high } = scaledBounds(shape, scale, 10n ** 400n);
        return low > high;
      }
      case 'string':
        return isEmptyString(stringShape(nodes, this.#compilation.patterns), this.#compilation.patterns);
      case 'array':
        return this.#isEmptyArray(alternative);
      case 'object':
        return this.#isEmptyObject(alternative);
      case 'null':
      case 'boolean':
        return false;
      default:
        return kind satisfies never;
    }
  }

  #isEmptyArray(alternative: Alternative): boolean {
    const { min, max, prefixLength, itemAt } = arrayShape(alternative, this.#compilation);
    if (min > max) return true;
    const places = Math.min(min, prefixLength + 1, 20);
    return Array.from({ length: places }, (_, index) => index).some((index) => this.isEmpty(itemAt(index)));
  }

  #isEmptyObject(alternative: Alternative): boolean {
    const shape = objectShape(alternative, this.#compilation);
    const required = shape.declared.filter(({ isRequired }) => isRequired);
    if (shape.min > shape.max || required.length > shape.max) return true;
    return required.some(({ schemas }) => this.isEmpty(schemas));
  }

  /**
   * True when no object of the one alternative, as we write it, satisfies the other: an object that takes no further
   * properties never has what the other requires.
   */
  isApart(written: Alternative, other: Alternative): boolean {
    if (this.isEmptyAlternative([...written, ...other])) return true;
    const kinds = sharedKinds(nodesOf([...written, ...other])).kinds;
    if (kinds.size !== 1 || !kinds.has('object')) return false;
    const shape = objectShape(written, this.#compilation);
    if (shape.free.length > 0) return false;
    const names = new Set(shape.declared.map(({ name }) => name));
    return nodesOf(other).some((node) => textsOf(node, 'required').some((name) => !names.has(name)));
  }
}

/** The values of an `enum` or `const` among the nodes. */
export function listedIn(nodes: readonly SchemaNode[]): readonly JsonValue[] | undefined {
  for (const node of nodes) {
    const constant = node.keywords['const'];
    if (constant !== undefined && Object.hasOwn(node.keywords, 'const')) return [constant];
    const list = listOf(node, 'enum');
    if (list && isJsonArray(list)) return list;
  }
  return undefined;
}
