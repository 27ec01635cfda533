import { acceptLoosely, type Reading } from '../answer-input.ts';
import { holdsControl } from '../control-alphabet.ts';
import type { CallForm, NotationForm } from '../syntax.ts';
import { acceptAfterCall, type CallContext } from './call-context.ts';
import { readGemmaCall } from './gemma-calls.ts';
import { readJsonCalls } from './json-calls.ts';
import { continues, readNamedCall } from './named-calls.ts';
import { readNestedTagCall } from './nested-tag-calls.ts';
import { readPythonCall } from './python-calls.ts';
import { readTaggedCall } from './tagged-calls.ts';

/** A text behind which calls may stand. */
export interface CallMarker {
  /** Its beginning up to the first white space; '' where the call has no marker. */
  first: string;
  /** What follows, white space aside. */
  rest: string;
  /** Reads the calls. False where none stands, or one broke. */
  read: () => Reading<boolean>;
}

export interface CallReader {
  markers: readonly CallMarker[];
}

export interface CallReaderOptions {
  context: CallContext;
  /** A marker in the answer's alphabet. */
  encode: (text: string) => string;
}

/** The reader of a form's calls. */
export function createCallReader(form: CallForm, { context, encode }: CallReaderOptions): CallReader {
  const encoded = encodeTexts(form, encode);
  const own = beginningsOf(encoded).map((begin) => toMarker(begin, () => readAll(context, encoded)));
  const section = 'section' in encoded ? encoded.section : undefined;
  if (!section) return { markers: own };
  const whole = toMarker(section.begin, () => readSection(context, encoded));
  // Calls outside a section are read too, unless letters could forge them where the section's marker cannot be forged.
  const isForgeable = holdsControl(whole.first) && own.some(({ first }) => !holdsControl(first));
  return { markers: isForgeable ? [whole] : [whole, ...own] };
}

function beginningsOf(form: CallForm): string[] {
  if (form.kind === 'notation' && form.begin === '') return [];
  return [form.begin, ...('alsoBegin' in form ? (form.alsoBegin ?? []) : [])];
}

function toMarker(begin: string, read: CallMarker['read']): CallMarker {
  const text = begin.trim();
  const end = text.search(/\s/);
  return end < 0 ? { first: text, rest: '', read } : { first: text.slice(0, end), rest: text.slice(end), read };
}

/** The calls behind the beginning of a section. */
function* readSection(context: CallContext, form: CallForm): Reading<boolean> {
  return (yield* acceptLoosely(context.input, form.begin)) && (yield* readAll(context, form));
}

/** The first call behind its beginning, and those that follow. */
function* readAll(context: CallContext, form: CallForm): Reading<boolean> {
  if (form.kind === 'json') return yield* readJsonCalls(context, form);
  do {
    if (!(yield* readCall(context, form))) return false;
  } while (yield* hasNext(context, form));
  if (form.section) yield* acceptAfterCall(context, form.section.end);
  return true;
}

function* hasNext(context: CallContext, form: Exclude<CallForm, { kind: 'json' }>): Reading<boolean> {
  if (form.begin !== '') return yield* continues(context, form.begin);
  return yield* acceptAfterCall(context, form.separator);
}

function readCall(context: CallContext, form: Exclude<CallForm, { kind: 'json' }>): Reading<boolean> {
  if (form.kind === 'named') return readNamedCall(context, form);
  if (form.kind === 'tagged') return readTaggedCall(context, form);
  return readNotationCall(context, form);
}

function readNotationCall(context: CallContext, form: NotationForm): Reading<boolean> {
  if (form.notation === 'gemma') return readGemmaCall(context, form);
  return form.notation === 'python' ? readPythonCall(context) : readNestedTagCall(context, form);
}

function encodeTexts<T>(value: T, encode: (text: string) => string): T;
function encodeTexts(value: unknown, encode: (text: string) => string): unknown {
  if (typeof value === 'string') return encode(value);
  if (Array.isArray(value)) return value.map((item: unknown) => encodeTexts(item, encode));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, encodeTexts(part as unknown, encode)]));
}
