import type { TaggedForm } from '../syntax.ts';
import { findTypes, type JsonType } from '../typed-value.ts';
import { type GrammarTool, membersInOrder, propertiesOf, someInOrder } from './call-grammar.ts';
import { constantsOf, follow, objectKeywords, stringKeywords, withDefinitions } from './schema-parts.ts';
import { oneOfTexts } from './one-of-texts.ts';
import type { RuleWriter } from './rule-writer.ts';

/** A call behind its beginning, with its end. */
export function taggedCall(writer: RuleWriter, form: TaggedForm, tool: GrammarTool): string {
  writer.noteUnenforced(tool.parameters, { tool: tool.name, path: '' }, objectKeywords);
  const properties = propertiesOf(tool.parameters);
  const members = properties.map(({ key, schema, isRequired }) => ({
    body: argument(writer, form, { tool, key, schema }),
    isRequired,
  }));
  const number =
    form.numberEnd === undefined
      ? ''
      : ` ${writer.literal(form.numberBegin ?? '')} [0-9]{1,2} ${writer.literal(form.numberEnd)}`;
  const begin = `${writer.literal(tool.name + form.nameEnd)}${number}`;
  const end = writer.literal(form.end);
  if (properties.length === 0 && tool.parameters['additionalProperties'] !== false) {
    return `${begin} ${anyArguments(writer, form)} ${end}`;
  }
  if (properties.some(({ isRequired }) => isRequired)) {
    return `${begin} ${membersInOrder(writer, members, form.argumentSeparator)} ${end}`;
  }
  const none = writer.literal(tool.name + form.nameEnd.trimEnd());
  const some = members.length === 0 ? undefined : someInOrder(writer, members, form.argumentSeparator);
  const empty = `${none}${number} ${end}`;
  return some === undefined ? empty : `(${empty} | ${begin} ${some} ${end})`;
}

interface Argument {
  tool: GrammarTool;
  key: string;
  schema: unknown;
}

function argument(writer: RuleWriter, form: TaggedForm, place: Argument): string {
  const key = writer.literal(form.argumentBegin + place.key + form.keyEnd);
  return `${key} ${value(writer, form, place)} ${writer.literal(form.valueEnd)}`;
}

/** The value with the mark of its type and the lines around it, up to the end marker. */
function value(writer: RuleWriter, form: TaggedForm, place: Argument): string {
  const line = form.linesAroundValue ? '"\\n"' : '';
  const bodies = valueBodies(writer, form, place).map(({ types, body }) => {
    const marks = form.typeMark ? types.map((type) => typeWord(form, type)) : [''];
    return [...new Set(marks)].map((mark) => `${mark === '' ? '' : writer.literal(mark)} ${line} ${body} ${line}`);
  });
  const [only = '""', ...others] = bodies.flat();
  return others.length === 0 ? only : writer.rule([only, ...others].join(' | '));
}

function typeWord({ typeMark }: TaggedForm, type: JsonType): string {
  if (!typeMark) return '';
  const word = type === 'string' ? typeMark.string : (typeMark.other[type] ?? typeMark.other['json'] ?? type);
  return typeMark.before + word + typeMark.after;
}

interface ValueBody {
  types: JsonType[];
  body: string;
}

/** The forms the value may take: texts as they are, all else as JSON. */
function valueBodies(writer: RuleWriter, form: TaggedForm, { tool, key, schema }: Argument): ValueBody[] {
  const constants = constantsOf(schema, tool.parameters);
  if (constants) return constantBodies(writer, form, constants);
  const types = [...findTypes(schema, tool.parameters)];
  const others = types.filter((type) => type !== 'string');
  const path = `/properties/${key}`;
  const bodies: ValueBody[] = [];
  if (types.includes('string')) {
    const end = (form.linesAroundValue ? '\n' : '') + form.valueEnd;
    bodies.push({ types: ['string'], body: anyText(writer, form, end) });
    writer.noteUnenforced(follow(schema, tool.parameters), { tool: tool.name, path }, stringKeywords);
    // Without marks of type a text may be any other value too.
    if (!form.typeMark) return bodies;
  }
  const isMarkedEach = form.typeMark !== undefined && !('json' in form.typeMark.other);
  for (const group of isMarkedEach ? others.map((type) => [type]) : [others]) {
    if (group.length === 0) continue;
    const part = withDefinitions(schema, tool.parameters, group.length < types.length ? group : undefined);
    bodies.push({ types: group, body: writer.schema(part, { tool: tool.name, path, name: `value-${key}` }) });
  }
  return bodies;
}

/** Values that are given; those that share a mark of type together. */
function constantBodies(
  writer: RuleWriter,
  form: TaggedForm,
  constants: readonly { type: JsonType; value: unknown }[],
): ValueBody[] {
  const groups = Map.groupBy(constants, ({ type }) => typeWord(form, type));
  return [...groups.values()].map((group) => {
    const texts = group.map(({ value: constant }) =>
      typeof constant === 'string' ? constant : JSON.stringify(constant),
    );
    return { types: group.slice(0, 1).map(({ type }) => type), body: `(${oneOfTexts(writer, texts)})` };
  });
}

/** A text up to the end marker; a wrapped one may hold even that. */
function anyText(writer: RuleWriter, { wrap }: TaggedForm, end: string): string {
  if (!wrap) return writer.textWithout([end]);
  const wrapped = `${writer.literal(wrap.begin)} ${writer.textWithout([wrap.end])} ${writer.literal(wrap.end)}`;
  return `(${writer.textWithout([end, wrap.begin])} | ${wrapped})`;
}

/** Any number of arguments with names of the model's choice. */
function anyArguments(writer: RuleWriter, form: TaggedForm): string {
  const mark = form.typeMark ? writer.literal(typeWord(form, 'string')) : '';
  const line = form.linesAroundValue ? '"\\n"' : '';
  const text = writer.textWithout([(form.linesAroundValue ? '\n' : '') + form.valueEnd]);
  const head = `${writer.literal(form.argumentBegin)} [a-zA-Z_] [a-zA-Z0-9_-]{0,63} ${writer.literal(form.keyEnd)}`;
  const item = writer.rule(`${head} ${mark} ${line} ${text} ${line} ${writer.literal(form.valueEnd)}`);
  return `(${item} (${writer.literal(form.argumentSeparator)} ${item})*)?`;
}
