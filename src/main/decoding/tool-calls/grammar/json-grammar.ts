import type { JsonForm } from '../syntax.ts';
import type { GrammarTool } from './call-grammar.ts';
import { quote, type RuleWriter } from './rule-writer.ts';

/** `{"name": "add", "arguments": …}` as an expression. */
export function jsonCallObject(writer: RuleWriter, form: JsonForm, { name, parameters }: GrammarTool): string {
  const value = writer.schema(parameters, { tool: name, path: '', name: `arguments-${name}` });
  if (form.shape === 'keyed') return `${quote(`{${JSON.stringify(name)}: `)} ${value} "}"`;
  const number = form.indexKey === undefined ? '' : `${quote(`"${form.indexKey}": "`)} [0-9]{1,2} ${quote('", ')} `;
  const id = form.idKey === undefined ? '' : `${quote(`, "${form.idKey}": "`)} [a-zA-Z0-9]{9} ${quote('"')} `;
  const head = quote(`"${form.nameKey}": ${JSON.stringify(name)}, "${form.argumentsKey}": `);
  return `"{" ${number}${head} ${value} ${id}"}"`;
}

/** The calls behind the beginning marker, the end included. */
export function jsonCalls(
  writer: RuleWriter,
  form: JsonForm,
  { tools, isParallel, end }: { tools: readonly GrammarTool[]; isParallel: boolean; end: string },
): string {
  const call = writer.rule(tools.map((tool) => jsonCallObject(writer, form, tool)).join(' | '));
  if (form.list === 'array') {
    const pad = form.pad ?? '';
    const more = isParallel ? ` (${quote(pad === '' ? ', ' : `,${pad}`)} ${call})*` : '';
    return `${quote(`[${pad}`)} ${call}${more} ${quote(pad === '' ? ']' : '\n]')} ${end}`;
  }
  const between = form.list === 'lines' ? '"\\n"' : `${writer.literal(form.end)} "\\n" ${writer.literal(form.begin)}`;
  return `${call}${isParallel ? ` (${between} ${call})*` : ''} ${end}`;
}
