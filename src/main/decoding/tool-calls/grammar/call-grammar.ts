import type { Tool } from '#shared/domain/chat.ts';
import type { JsonSchema } from '../typed-value.ts';
import type { RuleWriter } from './rule-writer.ts';

/** A tool as the grammar sees it. */
export interface GrammarTool {
  name: string;
  parameters: JsonSchema;
}

/** A tool without a schema takes no arguments. */
export function toGrammarTool({ name, parameters = {} }: Tool): GrammarTool {
  const says = Object.keys(parameters).filter((key) => key !== '$schema' && key !== 'description');
  if (says.length > 0 && !(says.length === 1 && parameters['type'] === 'object')) return { name, parameters };
  return { name, parameters: { type: 'object', properties: {}, additionalProperties: false } };
}

/** A property of a tool's arguments. */
export interface Property {
  key: string;
  schema: unknown;
  isRequired: boolean;
}

export function propertiesOf(schema: JsonSchema): Property[] {
  const { properties, required } = schema;
  if (typeof properties !== 'object' || properties === null) return [];
  const names = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([key, part]) => ({
    key,
    schema: part as unknown,
    isRequired: names.includes(key),
  }));
}

interface MemberRule {
  body: string;
  isRequired: boolean;
}

/** The members in their order, each at most once, optional ones in any selection, with the separator between them. */
export function membersInOrder(writer: RuleWriter, members: readonly MemberRule[], separator: string): string {
  if (members.length === 0) return '""';
  const some = someInOrder(writer, members, separator);
  return members.some(({ isRequired }) => isRequired) ? some : `(${some})?`;
}

/** The same with at least one member. Two rules per member; a third for each optional one that may come first. */
export function someInOrder(writer: RuleWriter, members: readonly MemberRule[], separator: string): string {
  const between = writer.literal(separator);
  const firstRequired = members.findIndex(({ isRequired }) => isRequired);
  let first: string | undefined;
  let next = '""';
  for (const [index, { body, isRequired }] of [...members.entries()].reverse()) {
    const member = writer.rule(body);
    const alone = `${member} ${next}`;
    if (index === firstRequired || first === undefined) first = writer.rule(alone);
    else if (firstRequired < 0 || index < firstRequired) first = writer.rule(`${alone} | ${first}`);
    next = writer.rule(isRequired ? `${between} ${alone}` : `(${between} ${alone} | ${next})`);
  }
  return first ?? '""';
}
