import type { Budget } from './budget.ts';
import { isJsonArray, isJsonObject, member, type JsonObject, type JsonValue } from './json-value.ts';
import { refuse } from './refusal.ts';
import { checkSize } from './schema-size.ts';

/** One schema inside the document. */
export interface SchemaNode {
  readonly id: number;
  /** The keywords; `true` and `false` become `{}` and `isFalse`. */
  readonly keywords: JsonObject;
  readonly isFalse: boolean;
  /** JSON pointer from the document's root, as refusals name it. */
  readonly path: string;
  /** The same, but different for a schema that another one only implies. */
  readonly place: string;
  /** The keyword that implies this schema, when it does not stand in the document. */
  readonly impliedBy?: string;
  /** Address that its `$ref`s are relative to. */
  readonly base: string;
}

const documentBase = 'schema://document/root';
/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const single = [
  ...['additionalItems', 'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
];
const lists = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'];
const named = ['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'];

/** Where a node comes from. */
interface Origin {
  path: string;
  place: string;
  base: string;
  impliedBy?: string;
}

interface Implied {
  keyword: string;
  key: string;
  keywords: JsonObject;
}

/** A schema document: its nodes by place, and where its references lead. */
export class SchemaDocument {
  readonly root: SchemaNode;
  /** Draft 7 and earlier: what stands beside a `$ref` means nothing, and `id` was not `$id` at first. */
  readonly isOldDraft: boolean;
  readonly #idKeyword: string;
  readonly #nodes = new Map<string, SchemaNode>();
  readonly #budget: Budget;
  #addresses: Map<string, SchemaNode> | undefined;

  constructor(schema: unknown, budget: Budget) {
    this.#budget = budget;
    checkSize(schema);
    const dialect = isJsonObject(schema) ? member(schema, '$schema') : undefined;
    const name = typeof dialect === 'string' ? dialect : '';
    if (/draft-03/.test(name)) {
      const hint = 'Write the schema in draft 4 or later.';
      refuse({ path: '/$schema', keyword: '$schema', reason: 'draft 3 is too old', hint });
    }
    this.isOldDraft = /draft-0[467]/.test(name);
    this.#idKeyword = /draft-04/.test(name) ? 'id' : '$id';
    this.root = this.#node(schema, { path: '', place: '', base: documentBase });
  }

  /** Every schema that was looked at, those that are only implied left out. */
  get visited(): SchemaNode[] {
    return [...this.#nodes.values()].filter(({ place, path }) => place === path);
  }

  /** The schema under these keys of a node; undefined when nothing stands there. */
  child(node: SchemaNode, ...keys: readonly (string | number)[]): SchemaNode | undefined {
    let value: JsonValue | undefined = node.keywords;
    for (const key of keys) value = step(value, String(key));
    if (value === undefined) return undefined;
    const tail = keys.map((key) => `/${escapeToken(String(key))}`).join('');
    return this.#node(value, { path: node.path + tail, place: node.place + tail, base: node.base });
  }

  /** A schema that a node's keyword implies; `key` tells it from the others of that node. */
  implied(node: SchemaNode, { keyword, key, keywords }: Implied): SchemaNode {
    const place = `${node.place}//${keyword}/${key}`;
    return this.#node(keywords, { path: `${node.path}/${keyword}`, place, base: node.base, impliedBy: keyword });
  }

  /** All schemas of a list keyword. */
  children(node: SchemaNode, keyword: string): SchemaNode[] {
    const list = member(node.keywords, keyword);
    if (!isJsonArray(list)) return [];
    return list.flatMap((_, index) => this.child(node, keyword, index) ?? []);
  }

  /** Where the node's `$ref` leads. */
  target(node: SchemaNode, keyword = '$ref'): SchemaNode {
    const path = `${node.path}/${escapeToken(keyword)}`;
    const reference = member(node.keywords, keyword);
    if (typeof reference !== 'string') return refuse({ path, keyword, reason: 'a reference must be a text' });
    const address = resolveAddress(reference, node.base);
    const [resource = '', fragment = ''] = splitAddress(address);
    const found = this.#find(resource, fragment);
    if (found) return found;
    const isLocal = reference.startsWith('#');
    const reason = isLocal ? `${reference} leads nowhere in this schema` : `${reference} is not part of this schema`;
    return refuse({
      path,
      keyword,
      reason,
      hint: 'Put the schema it means under $defs and refer to it by its pointer.',
    });
  }

  #find(resource: string, fragment: string): SchemaNode | undefined {
    const isPointer = fragment === '' || fragment.startsWith('/');
    if (resource === documentBase && isPointer) return this.#follow(this.root, fragment);
    this.#addresses ??= this.#collectAddresses();
    if (!isPointer) return this.#addresses.get(`${resource}#${fragment}`);
    const start = this.#addresses.get(resource);
    return start && this.#follow(start, fragment);
  }

  #follow(start: SchemaNode, pointer: string): SchemaNode | undefined {
    let { path, base } = start;
    let value: JsonValue | undefined = start.isFalse ? false : start.keywords;
    for (const token of pointer.split('/').slice(1)) {
      const key = decodeToken(token);
      value = step(value, key);
      path += `/${escapeToken(key)}`;
      if (isJsonObject(value)) base = this.#baseOf(value, base);
    }
    const known = this.#nodes.get(path);
    if (known) return known;
    return value === undefined ? undefined : this.#node(value, { path, place: path, base });
  }

  #node(value: unknown, origin: Origin): SchemaNode {
    const { path, place, base } = origin;
    const known = this.#nodes.get(place);
    if (known) return known;
    this.#budget.tick();
    if (typeof value !== 'boolean' && !isJsonObject(value)) {
      const keyword = path.slice(path.lastIndexOf('/') + 1);
      return refuse({ path, keyword, reason: 'a schema must be an object, true or false' });
    }
    const keywords = typeof value === 'boolean' ? {} : value;
    const isFalse = value === false;
    const node = { ...origin, id: this.#nodes.size, keywords, isFalse, base: this.#baseOf(keywords, base) };
    this.#nodes.set(place, node);
    return node;
  }

  #baseOf(keywords: JsonObject, base: string): string {
    const id = member(keywords, this.#idKeyword);
    if (typeof id !== 'string' || id.startsWith('#')) return base;
    if (this.isOldDraft && Object.hasOwn(keywords, '$ref')) return base;
    return splitAddress(resolveAddress(id, base))[0] ?? base;
  }

  /** Every schema that a reference can name by its address or anchor. */
  #collectAddresses(): Map<string, SchemaNode> {
    const addresses = new Map<string, SchemaNode>([[this.root.base, this.root]]);
    const waiting = [this.root];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      this.#budget.tick();
      if (typeof member(node.keywords, this.#idKeyword) === 'string') this.#addId(addresses, node);
      for (const keyword of ['$anchor', '$dynamicAnchor']) {
        const anchor = member(node.keywords, keyword);
        if (typeof anchor === 'string') addresses.set(`${node.base}#${anchor}`, node);
      }
      waiting.push(...this.#schemasIn(node));
    }
    return addresses;
  }

  #addId(addresses: Map<string, SchemaNode>, node: SchemaNode): void {
    const id = member(node.keywords, this.#idKeyword);
    if (typeof id !== 'string' || (this.isOldDraft && Object.hasOwn(node.keywords, '$ref'))) return;
    if (id.startsWith('#')) addresses.set(`${node.base}${id}`, node);
    else addresses.set(node.base, node);
  }

  #schemasIn(node: SchemaNode): SchemaNode[] {
    const found: SchemaNode[] = [];
    const add = (keys: readonly (string | number)[], value: JsonValue | undefined): void => {
      if (!isJsonObject(value) && typeof value !== 'boolean') return;
      const child = this.child(node, ...keys);
      if (child) found.push(child);
    };
    for (const keyword of single) add([keyword], member(node.keywords, keyword));
    for (const keyword of lists) {
      const list = member(node.keywords, keyword);
      if (isJsonArray(list))
        list.forEach((item, index) => {
          add([keyword, index], item);
        });
    }
    for (const keyword of named) {
      const map = member(node.keywords, keyword);
      if (isJsonObject(map)) for (const [name, item] of Object.entries(map)) add([keyword, name], item);
    }
    return found;
  }
}

function step(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (isJsonArray(value)) return /^(0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value) ? member(value, key) : undefined;
}

function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decodeToken(token: string): string {
  let decoded = token;
  try {
    decoded = decodeURIComponent(token);
  } catch {
    // A lone percent sign means itself.
  }
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}

function resolveAddress(reference: string, base: string): string {
  if (reference.startsWith('#')) return `${base}${reference}`;
  try {
    return new URL(reference, base).href;
  } catch {
    return reference;
  }
}

function splitAddress(address: string): [string, string] {
  const hash = address.indexOf('#');
  return hash < 0 ? [address, ''] : [address.slice(0, hash), address.slice(hash + 1)];
}
