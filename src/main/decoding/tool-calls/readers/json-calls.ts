import { peekUnit, type Reading, skipSpace } from '../answer-input.ts';
import { readJson, readJsonString } from '../json-text.ts';
import type { JsonForm } from '../syntax.ts';
import { isRecord } from '../typed-value.ts';
import { acceptAfterCall, type CallContext, completeCall } from './call-context.ts';

/** Keys that models add to a call and that say nothing. */
const idleKeys = ['id', 'type', 'index', 'call_id', 'tool_call_id'];

/** Reads the calls behind the marker that began them. False where the first of them is none. */
export function* readJsonCalls(context: CallContext, form: JsonForm): Reading<boolean> {
  const { input, writer } = context;
  const before = writer.callCount;
  yield* skipSpace(input);
  const isList = (yield* peekUnit(input)) === '[';
  if (isList) input.take(1);
  for (;;) {
    if (!(yield* readCallObject(context, form))) break;
    yield* skipSpace(input);
    const unit = yield* peekUnit(input);
    if (isList && unit === ',') input.take(1);
    else if (isList || unit !== '{' || form.list === 'one') break;
  }
  if (writer.isCallOpen || writer.callCount === before) return false;
  yield* acceptAfterCall(context, (isList ? ']' : '') + form.end);
  return true;
}

interface CallObject {
  name?: string;
  /** Arguments that came before the name. */
  earlyArguments?: string;
}

function* readCallObject(context: CallContext, form: JsonForm): Reading<boolean> {
  const { input, writer } = context;
  yield* skipSpace(input);
  if ((yield* peekUnit(input)) !== '{') return false;
  input.take(1);
  const call: CallObject = {};
  if (!(yield* readMembers(context, form, call))) return false;
  if (!writer.isCallOpen) {
    if (call.name === undefined || !writer.startCall(call.name)) return false;
    writer.writeArguments(call.earlyArguments ?? '{}');
  }
  completeCall(context);
  return true;
}

/** Up to and including the closing brace. */
function* readMembers(context: CallContext, form: JsonForm, call: CallObject): Reading<boolean> {
  const { input } = context;
  for (;;) {
    yield* skipSpace(input);
    const key = yield* readText(context);
    yield* skipSpace(input);
    if (key === undefined || (yield* peekUnit(input)) !== ':') return false;
    input.take(1);
    yield* skipSpace(input);
    if (!(yield* readMember(context, { form, call, key }))) return false;
    yield* skipSpace(input);
    const unit = yield* peekUnit(input);
    if (unit !== ',' && unit !== '}') return false;
    input.take(1);
    if (unit === '}') return true;
  }
}

interface Member {
  form: JsonForm;
  call: CallObject;
  key: string;
}

function* readMember(context: CallContext, { form, call, key }: Member): Reading<boolean> {
  if (form.shape === 'keyed') {
    call.name = key;
    return yield* readArguments(context, call);
  }
  if (key === form.nameKey || key === 'name') {
    const name = yield* readText(context);
    if (name === undefined) return false;
    call.name = name;
    return context.writer.findTool(name) !== undefined;
  }
  if (key === form.argumentsKey || key === 'arguments' || key === 'parameters') {
    return yield* readArguments(context, call);
  }
  return idleKeys.includes(key) && (yield* readJson(context.input, () => undefined));
}

/** An object; or one that was written as a string; null stands for none. */
function* readArguments(context: CallContext, call: CallObject): Reading<boolean> {
  const { input, writer } = context;
  if (writer.isCallOpen) return false;
  const isObject = (yield* peekUnit(input)) === '{';
  if (isObject && call.name !== undefined) {
    if (!writer.startCall(call.name)) return false;
    if (!(yield* readJson(input, (text) => writer.writeArguments(text)))) return false;
    writer.completeArguments();
    return true;
  }
  let text = '';
  if (!(yield* readJson(input, (piece) => (text += piece)))) return false;
  const value = isObject ? text : unwrap(context.decode(text));
  if (value !== undefined) call.earlyArguments = value;
  return value !== undefined;
}

function unwrap(json: string): string | undefined {
  const value: unknown = JSON.parse(json);
  if (value === null) return '{}';
  if (typeof value !== 'string') return undefined;
  try {
    return isRecord(JSON.parse(value)) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a JSON string; undefined where none stands. */
function* readText({ input, decode }: CallContext): Reading<string | undefined> {
  let text = '';
  if (!(yield* readJsonString(input, (piece) => (text += piece)))) return undefined;
  return JSON.parse(decode(text)) as string;
}
