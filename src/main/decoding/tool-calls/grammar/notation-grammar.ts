import type { NotationForm } from '../syntax.ts';
import { findTypes, isRecord, type JsonType } from '../typed-value.ts';
import { type GrammarTool, membersInOrder, propertiesOf } from './call-grammar.ts';
import { oneOfTexts } from './one-of-texts.ts';
import { quote, type RuleWriter } from './rule-writer.ts';
import { constantsOf, follow, listKeywords, objectKeywords, stringKeywords, withDefinitions } from './schema-parts.ts';

/** A call behind its beginning, with its end. */
export function notationCall(writer: RuleWriter, form: NotationForm, tool: GrammarTool): string {
  const { name, parameters } = tool;
  if (form.notation === 'python') return `${quote(`${name}(`)} ${pythonArguments(writer, tool)} ")"`;
  const notation = form.notation === 'gemma' ? gemmaNotation(writer, form.mark) : tagNotation(writer, form.mark);
  const values = new NotationValues(writer, notation, tool);
  const head = form.notation === 'gemma' ? name : `${name}">`;
  writer.noteUnenforced(parameters, { tool: name, path: '' }, objectKeywords);
  return `${quote(head)} ${values.members(parameters, '')} ${writer.literal(form.end)}`;
}

function pythonArguments(writer: RuleWriter, { name, parameters }: GrammarTool): string {
  const members = propertiesOf(parameters).map(({ key, schema, isRequired }) => {
    const place = { tool: name, path: `/properties/${key}`, name: `value-${key}` };
    return { body: `${quote(`${key}=`)} ${writer.schema(withDefinitions(schema, parameters), place)}`, isRequired };
  });
  return membersInOrder(writer, members, ', ');
}

interface Count {
  min: number;
  /** Infinity: any number. */
  max: number;
}

interface Member {
  key: string;
  value: string;
  isRequired: boolean;
}

/** How a notation writes values; each gives an expression. */
interface Notation {
  text: () => string;
  constants: (values: readonly unknown[]) => string[];
  list: (item: string, count: Count) => string;
  object: (members: readonly Member[]) => string;
}

const anything = {};
const deepest = 64;

/** Rules for the values of one tool's schema in a notation that is not JSON. */
class NotationValues {
  readonly #writer: RuleWriter;
  readonly #notation: Notation;
  readonly #tool: GrammarTool;
  /** Rules of the parts that were met, so that a recursive schema ends. */
  readonly #known = new Map<unknown, string>();
  #depth = 0;

  constructor(writer: RuleWriter, notation: Notation, tool: GrammarTool) {
    this.#writer = writer;
    this.#notation = notation;
    this.#tool = tool;
  }

  /** An object with its brackets; only declared properties. */
  members(schema: unknown, path: string): string {
    const properties = isRecord(schema) ? propertiesOf(schema) : [];
    return this.#notation.object(
      properties.map(({ key, schema: part, isRequired }) => {
        return { key, value: this.#value(part, `${path}/properties/${key}`), isRequired };
      }),
    );
  }

  #value(schema: unknown, path: string): string {
    const target = this.#bounded(follow(schema, this.#tool.parameters) ?? anything, path);
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    const name = this.#writer.reserve();
    this.#known.set(target, name);
    this.#depth++;
    const bodies = this.#bodies(target, path);
    this.#depth--;
    return this.#writer.define(name, bodies.join(' | '));
  }

  /** Too deep inside anything stands. */
  #bounded(schema: unknown, path: string): unknown {
    if (this.#depth < deepest) return schema;
    this.#writer.noteUnenforced(schema, { tool: this.#tool.name, path }, ['properties', 'items']);
    return anything;
  }

  #bodies(schema: unknown, path: string): string[] {
    const constants = constantsOf(schema, this.#tool.parameters);
    if (constants) return this.#notation.constants(constants.map(({ value }) => value));
    const choices = isRecord(schema) ? (schema['anyOf'] ?? schema['oneOf']) : undefined;
    if (Array.isArray(choices)) return choices.map((choice: unknown) => this.#value(choice, path));
    const types = [...findTypes(schema, this.#tool.parameters)];
    this.#noteUnenforced(types, schema, path);
    return types.map((type) => this.#typed(type, schema, path));
  }

  #noteUnenforced(types: readonly JsonType[], schema: unknown, path: string): void {
    const place = { tool: this.#tool.name, path };
    if (types.includes('string')) this.#writer.noteUnenforced(schema, place, stringKeywords);
    if (types.includes('array')) this.#writer.noteUnenforced(schema, place, listKeywords);
    if (types.includes('object')) this.#writer.noteUnenforced(schema, place, objectKeywords);
  }

  #typed(type: JsonType, schema: unknown, path: string): string {
    if (type === 'string') return this.#notation.text();
    if (type === 'object') return this.members(schema, path);
    const own = isRecord(schema) ? schema : anything;
    if (type === 'array') {
      const item = this.#value(Reflect.get(own, 'items') ?? anything, `${path}/items`);
      return this.#notation.list(item, countOf(own));
    }
    const place = { tool: this.#tool.name, path, name: type };
    return this.#writer.schema(withDefinitions(boundsOf(own), anything, [type]), place);
  }
}

function countOf(schema: object): Count {
  const read = (key: string, absent: number) => {
    const value: unknown = Reflect.get(schema, key);
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : absent;
  };
  return { min: read('minItems', 0), max: read('maxItems', Infinity) };
}

/** The expression so many times, the separator between. */
function repeated(item: string, separator: string, { min, max }: Count): string {
  if (max === 0) return '""';
  const more = `(${separator}${item})${times(Math.max(0, min - 1), max - 1)}`;
  return min === 0 ? `(${item} ${more})?` : `${item} ${more}`;
}

function times(min: number, max: number): string {
  return max === Infinity ? `{${String(min)},}` : `{${String(min)},${String(Math.max(min, max))}}`;
}

/** What bounds a number; nothing else of a schema does. */
function boundsOf(schema: object): Record<string, unknown> {
  const keys = ['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
  return Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)));
}

function gemmaNotation(writer: RuleWriter, mark: string): Notation {
  const around = (text: string) => `${writer.literal(mark)} ${text} ${writer.literal(mark)}`;
  return {
    text: () => around(writer.textWithout([mark])),
    constants: (values) => {
      const texts = values.filter((value) => typeof value === 'string');
      const others = values.filter((value) => typeof value !== 'string').map((value) => quote(JSON.stringify(value)));
      return texts.length === 0 ? others : [around(`(${oneOfTexts(writer, texts)})`), ...others];
    },
    list: (item, count) => `"[" ${repeated(item, '"," ', count)} "]"`,
    // The templates of the family sort the keys.
    object: (members) => {
      const sorted = [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
      const bodies = sorted.map(({ key, value, isRequired }) => ({ body: `${quote(`${key}:`)} ${value}`, isRequired }));
      return `"{" ${membersInOrder(writer, bodies, ',')} "}"`;
    },
  };
}

function tagNotation(writer: RuleWriter, mark: string): Notation {
  const tag = (key: string, value: string) =>
    `${writer.literal(`${mark}<${key}>`)} ${value} ${writer.literal(`${mark}</${key}>`)}`;
  return {
    text: () => writer.textWithout([mark]),
    constants: (values) => [
      oneOfTexts(
        writer,
        values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
      ),
    ],
    list: (item, count) => repeated(`(${tag('item', item)})`, '', count),
    object: (members) => {
      const bodies = members.map(({ key, value, isRequired }) => ({ body: tag(key, value), isRequired }));
      return membersInOrder(writer, bodies, '');
    },
  };
}
