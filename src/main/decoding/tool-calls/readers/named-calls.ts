import { acceptLoosely, peekUnit, type Reading, skipSpace } from '../answer-input.ts';
import { readJson } from '../json-text.ts';
import type { HeaderPart, NamedForm } from '../syntax.ts';
import { acceptAfterCall, type CallContext, comesNext, completeCall, readHeader } from './call-context.ts';

/** Reads one call behind its beginning marker. */
export function* readNamedCall(context: CallContext, form: NamedForm): Reading<boolean> {
  const { input, writer } = context;
  const headerEnd = form.headerEnd.startsWith('\n') ? '\n' : form.headerEnd;
  const header = yield* readHeader(context, [headerEnd]);
  if (header === undefined || !(yield* acceptLoosely(input, form.headerEnd))) return false;
  yield* skipSpace(input);
  if ((yield* peekUnit(input)) !== '{') return false;
  const name = findName(header, form.header, (text) => writer.findTool(text) !== undefined);
  if (name === undefined || !writer.startCall(name)) return false;
  if (!(yield* readJson(input, (text) => writer.writeArguments(text)))) return false;
  completeCall(context);
  yield* acceptAfterCall(context, form.end);
  return true;
}

/** Whether another call begins; what is read then is its beginning. */
export function* continues(context: CallContext, begin: string): Reading<boolean> {
  if (!(yield* comesNext(context, begin.trim().split(/\s/)[0] ?? ''))) {
    context.input.rewind();
    context.input.record();
    return false;
  }
  return yield* acceptLoosely(context.input, begin);
}

/** The name as the form's header has it, or the first word of any header that is a tool's name. */
function findName(header: string, parts: readonly HeaderPart[], isTool: (name: string) => boolean): string | undefined {
  const name = toPattern(parts).exec(header)?.groups?.['name'];
  if (name !== undefined && isTool(name)) return name;
  return header.split(/[\s<\ud800-\udbff]+/).find(isTool);
}

function toPattern(parts: readonly HeaderPart[]): RegExp {
  const sources = parts.map((part) => {
    if ('text' in part) return part.text.trim().replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return { name: '(?<name>.+?)', index: '[0-9]+', id: '.*?' }[part.slot];
  });
  return new RegExp(String.raw`^\s*${sources.join(String.raw`\s*`)}\s*$`, 's');
}
