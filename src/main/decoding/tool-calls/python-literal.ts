import { AnswerInput, peekUnit, type Reading, skipSpace } from './answer-input.ts';

const words: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  None: 'null',
  true: 'true',
  false: 'false',
  null: 'null',
};
const jsonNumberPattern = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const numberPattern = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '0': '\0' };
const deepest = 64;

/** A Python literal, or JSON, as a value and as JSON text; undefined where the text is neither. */
export function readPythonLiteral(text: string): { value: unknown; json: string } | undefined {
  const input = new AnswerInput();
  input.push(text);
  input.end();
  const result = readPythonValue(input).next();
  const json = result.done === true ? result.value : undefined;
  if (json === undefined || !input.isEmpty) return undefined;
  return { value: JSON.parse(json) as unknown, json };
}

/** Reads a Python literal, or JSON; gives it as JSON text. Undefined where it is neither, or the answer ends in it. */
export function* readPythonValue(input: AnswerInput, depth = 0): Reading<string | undefined> {
  yield* skipSpace(input);
  const unit = yield* peekUnit(input);
  if (depth > deepest) return undefined;
  if (unit === '"' || unit === "'") {
    const text = yield* readPythonString(input, unit);
    return text === undefined ? undefined : JSON.stringify(text);
  }
  if (unit === '{') return yield* readItems(input, { close: '}', isObject: true, depth });
  if (unit === '[') return yield* readItems(input, { close: ']', isObject: false, depth });
  if (unit === '(') return yield* readItems(input, { close: ')', isObject: false, depth });
  return yield* readWord(input);
}

function* readWord(input: AnswerInput): Reading<string | undefined> {
  let word = '';
  for (;;) {
    const unit = yield* peekUnit(input);
    if (!/[\w.+-]/.test(unit)) break;
    word += input.take(1);
  }
  if (Object.hasOwn(words, word)) return words[word];
  if (jsonNumberPattern.test(word)) return word;
  return numberPattern.test(word) ? JSON.stringify(Number(word)) : undefined;
}

interface Container {
  close: string;
  isObject: boolean;
  depth: number;
}

function* readItems(input: AnswerInput, { close, isObject, depth }: Container): Reading<string | undefined> {
  input.take(1);
  const items: string[] = [];
  for (;;) {
    yield* skipSpace(input);
    if ((yield* peekUnit(input)) === close) break;
    const item = yield* readItem(input, isObject, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
    yield* skipSpace(input);
    const unit = yield* peekUnit(input);
    if (unit === close) break;
    if (unit !== ',') return undefined;
    input.take(1);
  }
  input.take(1);
  return isObject ? `{${items.join(', ')}}` : `[${items.join(', ')}]`;
}

function* readItem(input: AnswerInput, isObject: boolean, depth: number): Reading<string | undefined> {
  const first = yield* readPythonValue(input, depth);
  if (first === undefined || !isObject) return first;
  yield* skipSpace(input);
  if ((yield* peekUnit(input)) !== ':') return undefined;
  input.take(1);
  const value = yield* readPythonValue(input, depth);
  const key = first.startsWith('"') ? first : JSON.stringify(first);
  return value === undefined ? undefined : `${key}: ${value}`;
}

/** The string's text; undefined when the answer ends in it. */
function* readPythonString(input: AnswerInput, quote: string): Reading<string | undefined> {
  input.take(1);
  let text = '';
  for (;;) {
    const unit = yield* peekUnit(input);
    if (unit === '') return undefined;
    input.take(1);
    if (unit === quote) return text;
    text += unit === '\\' ? yield* readPythonEscape(input) : unit;
  }
}

function* readPythonEscape(input: AnswerInput): Reading<string> {
  const unit = yield* peekUnit(input);
  input.take(1);
  const length = unit === 'x' ? 2 : unit === 'u' ? 4 : 0;
  if (length === 0) return simpleEscapes[unit] ?? (`"'\\/`.includes(unit) ? unit : `\\${unit}`);
  let digits = '';
  for (let index = 0; index < length; index++) {
    if (!/[0-9a-fA-F]/.test(yield* peekUnit(input))) return `\\${unit}${digits}`;
    digits += input.take(1);
  }
  return String.fromCharCode(Number.parseInt(digits, 16));
}
