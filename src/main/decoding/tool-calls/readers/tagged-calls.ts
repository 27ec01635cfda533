import { accept, acceptLoosely, isSpace, type Reading, readUntil } from '../answer-input.ts';
import type { TaggedForm } from '../syntax.ts';
import { findProperty, findTypes, type JsonType, toJsonText } from '../typed-value.ts';
import { type CallContext, comesNext, completeCall, readHeader } from './call-context.ts';

/** Reads one call behind its beginning marker. */
export function* readTaggedCall(context: CallContext, form: TaggedForm): Reading<boolean> {
  const { writer } = context;
  const name = yield* readName(context, form);
  if (name === undefined || !writer.startCall(name)) return false;
  const parameters = writer.findTool(name)?.parameters;
  writer.writeArguments('{');
  let count = 0;
  while (yield* comesNext(context, form.argumentBegin)) {
    context.input.take(form.argumentBegin.length);
    if (count++ > 0) writer.writeArguments(', ');
    if (!(yield* readArgument(context, form, parameters))) return false;
  }
  if (!(yield* acceptEnd(context, form))) return false;
  writer.writeArguments('}');
  completeCall(context);
  return true;
}

function* readName(context: CallContext, form: TaggedForm): Reading<string | undefined> {
  const end = form.nameEnd.trim();
  const stops = end === '' ? ['\n', form.argumentBegin, ...wordsOf(form.end).slice(0, 1)] : [end];
  const name = yield* readHeader(context, stops);
  if (name !== undefined && end !== '') yield* accept(context.input, end);
  if (form.numberEnd !== undefined) {
    if ((yield* readHeader(context, [form.numberEnd])) === undefined) return undefined;
    yield* accept(context.input, form.numberEnd);
  }
  return name?.trim();
}

function* readArgument(context: CallContext, form: TaggedForm, parameters: unknown): Reading<boolean> {
  const [stop = ''] = wordsOf(form.keyEnd);
  const key = yield* readHeader(context, [stop]);
  if (key === undefined || !(yield* acceptLoosely(context.input, form.keyEnd))) return false;
  const name = context.decode(key).trim();
  context.writer.writeArguments(`${JSON.stringify(name)}: `);
  const declared = findTypes(findProperty(parameters, name), parameters);
  const types = form.typeMark ? yield* readTypeMark(context, form.typeMark) : declared;
  return types !== undefined && (yield* readValue(context, form, types));
}

type TypeMark = NonNullable<TaggedForm['typeMark']>;

function* readTypeMark(context: CallContext, mark: TypeMark): Reading<ReadonlySet<JsonType> | undefined> {
  if (!(yield* acceptLoosely(context.input, mark.before))) return undefined;
  const word = yield* readHeader(context, [mark.after]);
  if (word === undefined || !(yield* accept(context.input, mark.after))) return undefined;
  if (word === mark.string) return new Set<JsonType>(['string']);
  return new Set<JsonType>(['number', 'boolean', 'null', 'object', 'array']);
}

/** Strings pass through as they come; other values wait for their end. */
function* readValue(context: CallContext, form: TaggedForm, types: ReadonlySet<JsonType>): Reading<boolean> {
  const { input, writer, decode } = context;
  const value = new ValueText(form.linesAroundValue, (text) => writer.writeArguments(escape(decode(text))));
  const isString = types.size === 1 && types.has('string');
  const onText = (text: string) => value.add(text, isString);
  const isWrapped = form.wrap !== undefined && (yield* accept(input, form.wrap.begin));
  if (isString) writer.writeArguments('"');
  if (!(yield* readToEnd(context, { form, isWrapped, onText }))) return false;
  const rest = decode(value.rest());
  writer.writeArguments(isString ? `${escape(rest)}"` : toJsonText(rest, types));
  return true;
}

interface ValueEnd {
  form: TaggedForm;
  isWrapped: boolean;
  onText: (text: string) => void;
}

/** The text up to the end of the value, with that end. */
function* readToEnd(context: CallContext, { form, isWrapped, onText }: ValueEnd): Reading<boolean> {
  const end = isWrapped ? (form.wrap?.end ?? '') : form.valueEnd;
  const followers = isWrapped ? [form.valueEnd] : followersOf(form);
  for (;;) {
    const found = yield* readUntil(context.input, { texts: [end], onText });
    if (found === undefined) return false;
    if (yield* isEndOfValue(context, followers)) break;
    onText(found);
  }
  return !isWrapped || (yield* acceptLoosely(context.input, form.valueEnd));
}

/** The text of a value, less the line breaks that belong to its markers. */
class ValueText {
  readonly #hasLines: boolean;
  readonly #pass: (text: string) => void;
  #held = '';
  #isFirst = true;

  constructor(hasLines: boolean, pass: (text: string) => void) {
    this.#hasLines = hasLines;
    this.#pass = pass;
  }

  /** `passes`: what is certain goes on at once. */
  add(text: string, passes: boolean): void {
    this.#held += this.#isFirst && this.#hasLines && text.startsWith('\n') ? text.slice(1) : text;
    this.#isFirst = false;
    if (!passes) return;
    const end = this.#hasLines && this.#held.endsWith('\n') ? this.#held.length - 1 : this.#held.length;
    this.#pass(this.#held.slice(0, end));
    this.#held = this.#held.slice(end);
  }

  /** What has not gone on. */
  rest(): string {
    return this.#hasLines && this.#held.endsWith('\n') ? this.#held.slice(0, -1) : this.#held;
  }
}

/** What stands behind a value: another argument, or the end of the call. */
function followersOf(form: TaggedForm): string[] {
  return [...wordsOf(form.argumentBegin).slice(0, 1), ...wordsOf(form.end)];
}

/** A marker inside a value is no end: behind the real one stands another argument or the end of the call. */
function* isEndOfValue({ input }: CallContext, followers: readonly string[]): Reading<boolean> {
  let offset = 0;
  for (;;) {
    while (isSpace(input.peek(offset))) offset++;
    if (input.peek(offset) === '' && input.isEnded) return true;
    if (followers.some((text) => startsAt(input, text, offset))) return true;
    if (!followers.some((text) => input.isBeginningOf(text, offset)) || !input.canGrow) return false;
    yield;
  }
}

function startsAt(input: CallContext['input'], text: string, offset: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (input.peek(offset + index) !== text.charAt(index)) return false;
  }
  return true;
}

/** Models leave parts of the end out; one part is enough. */
function* acceptEnd(context: CallContext, form: TaggedForm): Reading<boolean> {
  let isAccepted = false;
  for (const word of wordsOf(form.end)) {
    if (!(yield* comesNext(context, word))) continue;
    context.input.take(word.length);
    isAccepted = true;
  }
  return isAccepted;
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
