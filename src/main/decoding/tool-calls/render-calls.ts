import type { ToolCall } from '#shared/domain/chat.ts';
import type { CallForm, HeaderPart, JsonForm, NamedForm, NotationForm, TaggedForm, ToolCallSyntax } from './syntax.ts';
import { isRecord, typeOf } from './typed-value.ts';

/** Calls as a model of the family writes them; the parser reads the same calls from it. */
export function renderCalls(syntax: ToolCallSyntax, calls: readonly ToolCall[]): string {
  const { form } = syntax;
  if (calls.length === 0) return '';
  if (form.kind === 'json') return renderJson(form, calls);
  const texts = calls.map((call, index) => form.begin + renderCall(form, call, index) + form.end);
  return (form.section?.begin ?? '') + texts.join(form.separator) + (form.section?.end ?? '');
}

function renderCall(form: Exclude<CallForm, JsonForm>, call: ToolCall, index: number): string {
  if (form.kind === 'named') return renderNamed(form, call, index);
  const entries = Object.entries(parseArguments(call));
  if (form.kind === 'tagged') return renderTagged(form, { name: call.name, entries, index });
  return renderNotation(form, call.name, entries);
}

function renderJson(form: JsonForm, calls: readonly ToolCall[]): string {
  const objects = calls.map((call, index) => renderObject(form, call, index));
  if (form.list === 'one') return objects.map((text) => form.begin + text + form.end).join('\n');
  if (form.list === 'lines') return form.begin + objects.join('\n') + form.end;
  const pad = form.pad ?? '';
  return `${form.begin}[${pad}${objects.join(`,${pad === '' ? ' ' : pad}`)}${pad === '' ? '' : '\n'}]${form.end}`;
}

function renderObject(form: JsonForm, { id, name, arguments: text }: ToolCall, index: number): string {
  const value = text.trim() === '' ? '{}' : text;
  if (form.shape === 'keyed') return `{${JSON.stringify(name)}: ${value}}`;
  const first = form.indexKey === undefined ? '' : `"${form.indexKey}": "${String(index)}", `;
  const last = form.idKey === undefined ? '' : `, "${form.idKey}": ${JSON.stringify(id)}`;
  return `{${first}"${form.nameKey}": ${JSON.stringify(name)}, "${form.argumentsKey}": ${value}${last}}`;
}

function renderNamed(form: NamedForm, call: ToolCall, index: number): string {
  const header = form.header.map((part) => renderPart(part, call, index)).join('');
  return header + form.headerEnd + (call.arguments.trim() === '' ? '{}' : call.arguments);
}

function renderPart(part: HeaderPart, { id, name }: ToolCall, index: number): string {
  if ('text' in part) return part.text;
  return { name, id, index: String(index) }[part.slot];
}

interface TaggedCall {
  name: string;
  entries: [string, unknown][];
  index: number;
}

function renderTagged(form: TaggedForm, { name, entries, index }: TaggedCall): string {
  const number = form.numberEnd === undefined ? '' : `${form.numberBegin ?? ''}${String(index + 1)}${form.numberEnd}`;
  const line = form.linesAroundValue ? '\n' : '';
  const texts = entries.map(([key, value]) => {
    const text = wrapText(form, typeof value === 'string' ? value : toSpacedJson(value));
    return form.argumentBegin + key + form.keyEnd + renderType(form, value) + line + text + line + form.valueEnd;
  });
  const head = texts.length === 0 ? form.nameEnd.trimEnd() : form.nameEnd;
  return name + head + number + texts.join(form.argumentSeparator);
}

function wrapText({ wrap }: TaggedForm, text: string): string {
  return wrap && /[<&\n]/.test(text) ? wrap.begin + text + wrap.end : text;
}

function renderType({ typeMark }: TaggedForm, value: unknown): string {
  if (!typeMark) return '';
  const type = typeOf(value);
  const word = type === 'string' ? typeMark.string : (typeMark.other[type] ?? typeMark.other['json'] ?? type);
  return typeMark.before + word + typeMark.after;
}

function renderNotation(form: NotationForm, name: string, entries: [string, unknown][]): string {
  if (form.notation === 'python') {
    return `${name}(${entries.map(([key, value]) => `${key}=${toSpacedJson(value)}`).join(', ')})`;
  }
  if (form.notation === 'gemma') return name + renderGemma(form, Object.fromEntries(entries));
  return `${name}">${entries.map(([key, value]) => renderTag(form, key, value)).join('')}`;
}

function renderGemma(form: NotationForm, value: unknown): string {
  if (typeof value === 'string') return form.mark + value + form.mark;
  if (Array.isArray(value)) return `[${value.map((item) => renderGemma(form, item)).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${key}:${renderGemma(form, item)}`);
  return `{${members.join(',')}}`;
}

function renderTag(form: NotationForm, key: string, value: unknown): string {
  return `${form.mark}<${key}>${renderInside(form, value)}${form.mark}</${key}>`;
}

function renderInside(form: NotationForm, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => renderTag(form, 'item', item)).join('');
  if (!isRecord(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, item]) => renderTag(form, key, item))
    .join('');
}

/** JSON as templates write it: `{"a": 1, "b": [2, 3]}`. */
export function toSpacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toSpacedJson).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${toSpacedJson(part)}`);
  return `{${members.join(', ')}}`;
}

function parseArguments({ arguments: text }: ToolCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    return isRecord(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
