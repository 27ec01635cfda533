import { accept, peekUnit, type Reading, readUntil, skipSpace } from '../answer-input.ts';
import type { NotationForm } from '../syntax.ts';
import { acceptAfterCall, type CallContext, completeCall, readHeader } from './call-context.ts';

const deepest = 64;

/** Reads `name{key:value,…}` behind the beginning marker; the arguments become JSON as they come. */
export function* readGemmaCall(context: CallContext, form: NotationForm): Reading<boolean> {
  const { writer } = context;
  const name = yield* readHeader(context, ['{']);
  if (name === undefined || !writer.startCall(name.trim())) return false;
  if (!(yield* readItems(context, form, 0))) return false;
  writer.completeArguments();
  completeCall(context);
  yield* acceptAfterCall(context, form.end);
  return true;
}

function* readValue(context: CallContext, form: NotationForm, depth: number): Reading<boolean> {
  const { input, writer, decode } = context;
  yield* skipSpace(input);
  if (yield* accept(input, form.mark)) {
    writer.writeArguments('"');
    const onText = (text: string) => writer.writeArguments(JSON.stringify(decode(text)).slice(1, -1));
    const end = yield* readUntil(input, { texts: [form.mark], onText });
    if (end !== undefined) writer.writeArguments('"');
    return end !== undefined;
  }
  const unit = yield* peekUnit(input);
  if (unit === '{' || unit === '[') return depth < deepest && (yield* readItems(context, form, depth + 1));
  return yield* readScalar(context);
}

/** An object or a list. */
function* readItems(context: CallContext, form: NotationForm, depth: number): Reading<boolean> {
  const { input, writer } = context;
  const isObject = input.peek() === '{';
  const close = isObject ? '}' : ']';
  writer.writeArguments(input.take(1));
  for (let count = 0; ; count++) {
    yield* skipSpace(input);
    if (count === 0 && (yield* peekUnit(input)) === close) break;
    if (isObject && !(yield* readKey(context, form))) return false;
    if (!(yield* readValue(context, form, depth))) return false;
    yield* skipSpace(input);
    const unit = yield* peekUnit(input);
    if (unit === close) break;
    if (unit !== ',') return false;
    writer.writeArguments(input.take(1));
  }
  writer.writeArguments(input.take(1));
  return true;
}

function* readKey(context: CallContext, form: NotationForm): Reading<boolean> {
  const { input, writer, decode } = context;
  const isMarked = yield* accept(input, form.mark);
  const key = yield* readHeader(context, [isMarked ? form.mark : ':']);
  if (key === undefined) return false;
  if (isMarked) yield* accept(input, form.mark);
  yield* skipSpace(input);
  if (!(yield* accept(input, ':'))) return false;
  const text = decode(key).trim();
  writer.writeArguments(`${JSON.stringify(isMarked ? text : text.replace(/^"(.*)"$/s, '$1'))}:`);
  return true;
}

/** A number or a word; words that JSON lacks become strings. */
function* readScalar(context: CallContext): Reading<boolean> {
  const { input, writer, decode } = context;
  let text = '';
  for (;;) {
    const unit = yield* peekUnit(input);
    if (unit === '') return false;
    if (unit === ',' || unit === '}' || unit === ']') break;
    text += input.take(1);
  }
  const word = decode(text).trim();
  if (word === '') return false;
  writer.writeArguments(isScalar(word) ? word : JSON.stringify(word));
  return true;
}

function isScalar(text: string): boolean {
  return /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)$/.test(text);
}
