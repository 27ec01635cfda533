import { type AnswerInput, isSpace, peekUnit, type Reading } from './answer-input.ts';

type State = 'value' | 'first-key' | 'key' | 'colon' | 'first-item' | 'after';

const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const numberPattern = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const deepest = 256;

/**
 * Reads one JSON value, strictly; what it has read goes to `onText` piece by piece, unchanged. False at the first unit
 * that no JSON value can have there, which then stays unread, and at the end of the answer.
 */
export function* readJson(input: AnswerInput, onText: (text: string) => void): Reading<boolean> {
  const closers: string[] = [];
  let state: State = 'value';
  for (;;) {
    const unit = yield* peekUnit(input);
    if (unit === '') return false;
    if (isSpace(unit)) {
      onText(input.take(1));
      continue;
    }
    const next: State | undefined = yield* readElement(input, { state, unit, closers, onText });
    if (next === undefined) return false;
    if (next === 'after' && closers.length === 0) return true;
    state = next;
  }
}

interface Place {
  state: State;
  unit: string;
  closers: string[];
  onText: (text: string) => void;
}

/** The state behind the next element; undefined where it does not belong there. */
function* readElement(input: AnswerInput, place: Place): Reading<State | undefined> {
  const { state, unit, closers, onText } = place;
  switch (state) {
    case 'after':
      return readPunctuation(input, place);
    case 'colon':
      return unit === ':' ? put(input, onText, 'value') : undefined;
    case 'first-key':
      if (unit === closers.at(-1)) return readPunctuation(input, place);
      return (yield* readJsonString(input, onText)) ? 'colon' : undefined;
    case 'key':
      return (yield* readJsonString(input, onText)) ? 'colon' : undefined;
    case 'first-item':
      return unit === closers.at(-1) ? readPunctuation(input, place) : yield* readValue(input, place);
    case 'value':
      return yield* readValue(input, place);
  }
}

/** A scalar, or the opening bracket of a container. */
function* readValue(input: AnswerInput, { unit, closers, onText }: Place): Reading<State | undefined> {
  if (unit !== '{' && unit !== '[') return (yield* readScalar(input, unit, onText)) ? 'after' : undefined;
  if (closers.length === deepest) return undefined;
  closers.push(unit === '{' ? '}' : ']');
  return put(input, onText, unit === '{' ? 'first-key' : 'first-item');
}

/** A comma, or the bracket that closes the innermost container. */
function readPunctuation(input: AnswerInput, { unit, closers, onText }: Place): State | undefined {
  const closer = closers.at(-1);
  if (unit === closer) {
    closers.pop();
    return put(input, onText, 'after');
  }
  if (unit !== ',') return undefined;
  return put(input, onText, closer === '}' ? 'key' : 'value');
}

function put(input: AnswerInput, onText: (text: string) => void, next: State): State {
  onText(input.take(1));
  return next;
}

function* readScalar(input: AnswerInput, unit: string, onText: (text: string) => void): Reading<boolean> {
  if (unit === '"') return yield* readJsonString(input, onText);
  const literal = literals[unit];
  if (literal !== undefined) return yield* readLiteral(input, literal, onText);
  return yield* readNumber(input, onText);
}

function* readLiteral(input: AnswerInput, literal: string, onText: (text: string) => void): Reading<boolean> {
  for (const unit of literal) {
    if ((yield* peekUnit(input)) !== unit) return false;
    onText(input.take(1));
  }
  return true;
}

/** A number is over with the first unit that cannot be part of one. */
function* readNumber(input: AnswerInput, onText: (text: string) => void): Reading<boolean> {
  let text = '';
  for (;;) {
    const unit = yield* peekUnit(input);
    if (unit === '' || !'+-.0123456789eE'.includes(unit)) break;
    text += input.take(1);
  }
  onText(text);
  return numberPattern.test(text);
}

/** Reads a string in double quotes, the quotes included. */
export function* readJsonString(input: AnswerInput, onText: (text: string) => void): Reading<boolean> {
  if ((yield* peekUnit(input)) !== '"') return false;
  onText(input.take(1));
  for (;;) {
    let length = 0;
    while (isPlain(input.peek(length))) length++;
    if (length > 0) onText(input.take(length));
    const unit = yield* peekUnit(input);
    if (isPlain(unit)) continue;
    if (unit === '"') {
      onText(input.take(1));
      return true;
    }
    if (unit !== '\\') return false;
    const escape = yield* readEscape(input);
    if (escape === undefined) return false;
    onText(escape);
  }
}

function isPlain(unit: string): boolean {
  return unit !== '' && unit !== '"' && unit !== '\\' && unit >= ' ';
}

/** `\n` or `\u0041`; undefined, and nothing read, where it is no escape of JSON. */
function* readEscape(input: AnswerInput): Reading<string | undefined> {
  const length = (yield* peekAt(input, 1)) === 'u' ? 6 : 2;
  yield* peekAt(input, length - 1);
  let text = '';
  for (let index = 0; index < length; index++) text += input.peek(index);
  return /^\\(["\\/bfnrt]|u[0-9a-fA-F]{4})$/.test(text) ? input.take(length) : undefined;
}

function* peekAt(input: AnswerInput, offset: number): Reading<string> {
  while (input.available <= offset && input.canGrow) yield;
  return input.peek(offset);
}
