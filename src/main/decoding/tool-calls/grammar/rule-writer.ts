import { AppError, isAppError } from '#shared/errors/app-error.ts';
import { isRecord } from '../typed-value.ts';

/** A bag of grammar rules; names are made free of collisions. */
export interface RuleBag {
  /** The rule that admits the schema's values as JSON. Throws `schema-unsupported` naming path and keyword. */
  addSchema(schema: unknown, name: string): string;
  addRule(name: string, body: string): string;
}

/** A keyword of a tool's schema that the grammar leaves out because it cannot be enforced exactly. */
export interface RelaxedKeyword {
  tool: string;
  /** JSON pointer into the tool's `parameters`. */
  path: string;
  keyword: string;
}

export interface RuleWriterOptions {
  bag: RuleBag;
  /** The character that stands for a control token in the grammar, by the token's text. */
  controlCharacters?: ReadonlyMap<string, string> | undefined;
}

interface SchemaPlace {
  tool: string;
  /** JSON pointer of the schema in the tool's `parameters`. */
  path: string;
  /** Wish for the rule's name. */
  name: string;
}

const mostRelaxed = 100;

/** Writes rules in llama.cpp's notation; knows which texts are control tokens and what had to be left out. */
export class RuleWriter {
  readonly #bag: RuleBag;
  readonly #controlCharacters: readonly (readonly [string, string])[];
  readonly #texts = new Map<string, string>();
  readonly #schemas = new Map<unknown, string>();
  #count = 0;
  readonly relaxed: RelaxedKeyword[] = [];

  constructor({ bag, controlCharacters = new Map() }: RuleWriterOptions) {
    this.#bag = bag;
    this.#controlCharacters = [...controlCharacters].sort(([a], [b]) => b.length - a.length);
  }

  /** A free name for a rule that other rules may name before it is defined. */
  reserve(): string {
    return `call-${String(++this.#count)}`;
  }

  define(name: string, body: string): string {
    const given = this.#bag.addRule(name, body);
    if (given !== name) throw new AppError('internal', `The grammar rule ${name} was renamed to ${given}.`);
    return name;
  }

  rule(body: string): string {
    return this.define(this.reserve(), body);
  }

  /** A marker with its control tokens as the characters that stand for them. */
  encode(marker: string): string {
    let encoded = marker;
    for (const [text, character] of this.#controlCharacters) encoded = encoded.replaceAll(text, character);
    return encoded;
  }

  literal(marker: string): string {
    return quote(this.encode(marker));
  }

  /** The schema's values as JSON; keywords that cannot be enforced are left out and noted. */
  schema(schema: unknown, place: SchemaPlace): string {
    const known = this.#schemas.get(schema) ?? this.#addSchema(schema, place);
    this.#schemas.set(schema, known);
    return known;
  }

  #addSchema(schema: unknown, place: SchemaPlace): string {
    let current = schema;
    for (let count = 0; ; count++) {
      try {
        return this.#bag.addSchema(current, place.name);
      } catch (error) {
        const refused = toRefusedKeyword(error);
        if (!refused || count === mostRelaxed) throw error;
        this.relaxed.push({ tool: place.tool, path: place.path + refused.path, keyword: refused.keyword });
        current = withoutKeyword(current, refused);
      }
    }
  }

  /** Notes those of the keywords that the schema has: the form of the family cannot enforce them. */
  noteUnenforced(
    schema: unknown,
    { tool, path }: Pick<SchemaPlace, 'tool' | 'path'>,
    keywords: readonly string[],
  ): void {
    if (!isRecord(schema)) return;
    for (const keyword of keywords) {
      if (Object.hasOwn(schema, keyword)) this.relaxed.push({ tool, path: `${path}/${keyword}`, keyword });
    }
  }

  /** Any text in which none of the markers stands. */
  textWithout(markers: readonly string[]): string {
    const encoded = markers.map((marker) => this.encode(marker)).filter((marker) => marker !== '');
    const key = JSON.stringify(encoded);
    const rule = this.#texts.get(key) ?? addTextWithout(this, encoded);
    this.#texts.set(key, rule);
    return rule;
  }
}

interface RefusedKeyword {
  path: string;
  keyword: string;
}

function toRefusedKeyword(error: unknown): RefusedKeyword | undefined {
  if (!isAppError(error) || error.code !== 'schema-unsupported') return undefined;
  const { path, keyword } = error.data ?? {};
  return typeof path === 'string' && typeof keyword === 'string' ? { path, keyword } : undefined;
}

/** The schema without the keyword at the path; any object where the path leads nowhere. */
function withoutKeyword(schema: unknown, { path, keyword }: RefusedKeyword): unknown {
  const steps = path.split('/').slice(1);
  if (steps.at(-1) === keyword) steps.pop();
  const copy = copyContainer(schema);
  let node = copy;
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const part = node && copyContainer(Reflect.get(node, key));
    if (!node || !part) break;
    Reflect.set(node, key, part);
    node = part;
  }
  if (!isRecord(node) || !Object.hasOwn(node, keyword)) return { type: 'object' };
  Reflect.deleteProperty(node, keyword);
  return copy;
}

function copyContainer(value: unknown): object | undefined {
  if (Array.isArray(value)) return [...(value as unknown[])];
  return isRecord(value) ? { ...value } : undefined;
}

/** One rule per beginning of a marker that the text may stand in; the text may end in each. */
function addTextWithout(writer: RuleWriter, markers: readonly string[]): string {
  const beginnings = new Set(['']);
  for (const marker of markers) {
    let beginning = '';
    for (const character of [...marker].slice(0, -1)) beginnings.add((beginning += character));
  }
  const names = new Map([...beginnings].map((beginning) => [beginning, writer.reserve()]));
  const start = names.get('') ?? '';
  const special = new Set(markers.flatMap((marker) => [...marker]));
  for (const [beginning, name] of names) {
    const steps = [...special].map((character) => {
      const text = beginning + character;
      if (markers.some((marker) => text.endsWith(marker))) return undefined;
      return `${quote(character)} ${names.get(longestEnd(text, beginnings)) ?? start}`;
    });
    const bodies = ['""', `${notOneOf(special)} ${start}`, ...steps.filter((step) => step !== undefined)];
    writer.define(name, bodies.join(' | '));
  }
  return start;
}

/** The longest end of the text that begins a marker. */
function longestEnd(text: string, beginnings: ReadonlySet<string>): string {
  let end = text;
  while (!beginnings.has(end)) end = [...end].slice(1).join('');
  return end;
}

export function quote(text: string): string {
  let escaped = '';
  for (const character of text) escaped += escapeIn(character, '"\\');
  return `"${escaped}"`;
}

/** A class of all characters but these. */
export function notOneOf(characters: Iterable<string>): string {
  return `[^${[...characters].map((character) => escapeIn(character, '[]\\^-')).join('')}]`;
}

function escapeIn(character: string, special: string): string {
  if (character === '\n') return String.raw`\n`;
  const code = character.codePointAt(0) ?? 0;
  if (special.includes(character) || code < 0x20 || code === 0x7f)
    return String.raw`\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? String.raw`\U${code.toString(16).padStart(8, '0')}` : character;
}
