import type { HeaderPart, NamedForm } from '../syntax.ts';
import type { GrammarTool } from './call-grammar.ts';
import { quote, type RuleWriter } from './rule-writer.ts';

/** A call behind its beginning, with its end. */
export function namedCall(
  writer: RuleWriter,
  form: NamedForm,
  { tool, end }: { tool: GrammarTool; end: string },
): string {
  const value = writer.schema(tool.parameters, { tool: tool.name, path: '', name: `arguments-${tool.name}` });
  const header = `${form.header.map((part) => toExpression(writer, part, tool.name)).join(' ')} ${writer.literal(form.headerEnd)}`;
  const others = (form.alsoBetween ?? []).map((text) => `${quote(tool.name)} ${writer.literal(text)}`);
  return `${others.length === 0 ? header : `(${[header, ...others].join(' | ')})`} ${value} ${end}`;
}

function toExpression(writer: RuleWriter, part: HeaderPart, name: string): string {
  if ('text' in part) return writer.literal(part.text);
  return { name: quote(name), index: '[0-9]{1,2}', id: '[a-zA-Z0-9_-]{9}' }[part.slot];
}
