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

/**
 * The members in their order, each at most once, optional ones in any selection, with the separator between them.
 * Two rules per member at most.
 */
export function membersInOrder(
  writer: RuleWriter,
  members: readonly { body: string; isRequired: boolean }[],
  separator: string,
): string {
  let first = '""';
  let next = '""';
  for (const { body, isRequired } of [...members].reverse()) {
    const member = writer.rule(body);
    const follower = writer.rule(`${writer.literal(separator)} ${member} ${next}`);
    first = writer.rule(isRequired ? `${member} ${next}` : `${member} ${next} | ${first}`);
    next = isRequired ? follower : writer.rule(`${follower} | ${next}`);
  }
  return first;
}
