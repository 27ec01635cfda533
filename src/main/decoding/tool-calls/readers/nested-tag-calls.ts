import { accept, type Reading, readUntil, skipSpace } from '../answer-input.ts';
import type { NotationForm } from '../syntax.ts';
import { findProperty, findTypes, isRecord, resolve, toJsonText } from '../typed-value.ts';
import { type CallContext, completeCall, readHeader } from './call-context.ts';

const deepest = 64;

/** Reads `NAME"><key>value</key>…` behind the beginning marker; each tag has the form's mark in front. */
export function* readNestedTagCall(context: CallContext, form: NotationForm): Reading<boolean> {
  const { input, writer } = context;
  const name = yield* readHeader(context, ['">']);
  if (name === undefined || !writer.startCall(name)) return false;
  input.take(2);
  const parameters = writer.findTool(name)?.parameters;
  writer.writeArguments('{');
  for (let count = 0; ; count++) {
    yield* skipSpace(input);
    if (yield* accept(input, form.end.trim())) break;
    const key = yield* readOpening(context, form);
    if (key === undefined) return false;
    const place = { schema: findProperty(parameters, key), root: parameters, key, depth: 0 };
    const value = yield* readValue(context, form, place);
    if (value === undefined) return false;
    writer.writeArguments(`${count > 0 ? ', ' : ''}${JSON.stringify(key)}: ${value}`);
  }
  writer.writeArguments('}');
  completeCall(context);
  return true;
}

interface Place {
  schema: unknown;
  /** The whole schema, for references. */
  root: unknown;
  key: string;
  depth: number;
}

/** The name in an opening tag. */
function* readOpening(context: CallContext, form: NotationForm): Reading<string | undefined> {
  if (!(yield* accept(context.input, `${form.mark}<`))) return undefined;
  const name = yield* readHeader(context, ['>']);
  if (name === undefined || name.startsWith('/')) return undefined;
  context.input.take(1);
  return context.decode(name);
}

/** Up to and including the closing tag; as JSON text. */
function* readValue(context: CallContext, form: NotationForm, place: Place): Reading<string | undefined> {
  const { input, decode } = context;
  const close = `${form.mark}</${place.key}>`;
  let text = '';
  const found = yield* readUntil(input, { texts: [close, `${form.mark}<`], onText: (piece) => (text += piece) });
  if (found === undefined || place.depth > deepest) return undefined;
  const types = findTypes(place.schema, place.root);
  if (found === close) {
    if (text === '' && !types.has('string')) return types.has('array') ? '[]' : types.has('object') ? '{}' : 'null';
    return toJsonText(decode(text), types);
  }
  return yield* readChildren(context, form, { ...place, isList: types.has('array') && !types.has('object') });
}

/** The children of a tag whose first opening bracket has been read. */
function* readChildren(
  context: CallContext,
  form: NotationForm,
  place: Place & { isList: boolean },
): Reading<string | undefined> {
  const { input } = context;
  const members: { key: string; value: string }[] = [];
  let isOpening = true;
  for (;;) {
    if (!isOpening) {
      yield* skipSpace(input);
      if (yield* accept(input, `${form.mark}</${place.key}>`)) break;
      if (!(yield* accept(input, `${form.mark}<`))) return undefined;
    }
    isOpening = false;
    const key = yield* readHeader(context, ['>']);
    if (key === undefined) return undefined;
    input.take(1);
    const value = yield* readValue(context, form, { ...place, ...childOf(place, key), depth: place.depth + 1 });
    if (value === undefined) return undefined;
    members.push({ key, value });
  }
  const isList = place.isList || members.every(({ key }) => key === 'item');
  const texts = members.map(({ key, value }) => (isList ? value : `${JSON.stringify(key)}: ${value}`));
  return isList ? `[${texts.join(', ')}]` : `{${texts.join(', ')}}`;
}

function childOf({ schema, root, isList }: Place & { isList: boolean }, key: string): { schema: unknown; key: string } {
  const own = isRecord(schema) && typeof schema['$ref'] === 'string' ? resolve(schema['$ref'], root) : schema;
  if (isList || key === 'item') return { schema: isRecord(own) ? own['items'] : undefined, key };
  return { schema: findProperty(own, key, root), key };
}
