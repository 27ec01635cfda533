import {
  accepts,
  both,
  complement,
  exactTexts,
  isEmptyLanguage,
  lengthBetween,
  minimise,
  TooManyStates,
  type Automaton,
} from './automaton.ts';
import { automatonExpression } from './automaton-expression.ts';
import { never, rule, sequence, text, type Expression } from './expression.ts';
import { countOf, has, keywordPath, textOf } from './keyword-values.ts';
import { anything, withoutBorders, type Patterns } from './patterns.ts';
import { hasBorder, inOrder, lengthsOf, withFewerRepetitions, type Regex } from './regex.ts';
import { regexExpression } from './regex-expression.ts';
import { refuse } from './refusal.ts';
import type { RuleBook } from './rule-book.ts';
import type { SchemaNode } from './schema-document.ts';
import { asJsonCharacters, jsonCharacter } from './spelling.ts';

/** A pattern or format that a text must match. */
interface Language {
  readonly regex: Regex;
  readonly key: string;
  readonly path: string;
}

export interface StringShape {
  readonly minLength: number;
  readonly maxLength: number;
  readonly languages: readonly Language[];
  /** The keyword to blame when the whole becomes too large. */
  readonly path: string;
}

/** All that the schemas together ask of a text. */
export function stringShape(nodes: readonly SchemaNode[], patterns: Patterns): StringShape {
  let [minLength, maxLength, path] = [0, Infinity, ''];
  const languages = new Map<string, Language>();
  for (const node of nodes) {
    minLength = Math.max(minLength, countOf(node, 'minLength') ?? 0);
    maxLength = Math.min(maxLength, countOf(node, 'maxLength') ?? Infinity);
    for (const language of languagesOf(node, patterns)) languages.set(language.key, language);
    const lengthKeyword = ['maxLength', 'minLength'].find((keyword) => has(node, keyword));
    if (lengthKeyword) path = keywordPath(node, lengthKeyword);
  }
  return { minLength, maxLength, languages: [...languages.values()], path };
}

function languagesOf(node: SchemaNode, patterns: Patterns): Language[] {
  const found: Language[] = [];
  const source = textOf(node, 'pattern');
  if (source !== undefined) {
    const path = keywordPath(node, 'pattern');
    found.push({ regex: patterns.pattern(source, { path, reading: 'must' }), key: `must:${source}`, path });
  }
  const format = textOf(node, 'format');
  const isCounted = (countOf(node, 'maxLength') ?? Infinity) < Infinity;
  const regex = format === undefined ? undefined : patterns.format(format, isCounted);
  if (regex)
    found.push({ regex, key: `format:${String(isCounted)}:${String(format)}`, path: keywordPath(node, 'format') });
  const bytes = node.keywords['contentEncoding'] === 'base64' ? patterns.format('byte') : undefined;
  if (bytes) found.push({ regex: bytes, key: 'format:byte', path: keywordPath(node, 'contentEncoding') });
  return found;
}

/** Texts that fit the shape, quotes included. */
export function stringExpression(
  shape: StringShape,
  { book, patterns }: { book: RuleBook; patterns: Patterns },
): Expression {
  if (shape.minLength > shape.maxLength) return never;
  const isFree = shape.minLength === 0 && shape.maxLength === Infinity;
  if (shape.languages.length === 0 && isFree) return anyString(book);
  return quoted(stringBody(shape, { book, patterns }));
}

export function quoted(body: Expression): Expression {
  return sequence(text('"'), body, text('"'));
}

export function anyString(book: RuleBook): Expression {
  const name = 'json-string';
  if (!book.isDefined(name)) {
    book.define(name, quoted({ kind: 'repeat', item: jsonCharacter(book), min: 0, max: Infinity }));
  }
  return rule(name);
}

function stringBody(shape: StringShape, { book, patterns }: { book: RuleBook; patterns: Patterns }): Expression {
  const { minLength, maxLength, languages } = shape;
  const [only] = languages;
  if (!only) return book.repeated(jsonCharacter(book), minLength, maxLength);
  const spell = asJsonCharacters(book);
  const plain = languages.length === 1 ? withoutBorders(only.regex) : undefined;
  const isFormat = only.key.startsWith('format:');
  const fitted = plain && (fitLength(plain, shape) ?? (isFormat ? shrink(plain, shape, 16) : undefined));
  if (fitted) return regexExpression(fitted, { book, spell });
  const automaton = tryAutomaton(shape, patterns);
  if (automaton) return automatonExpression(automaton, { book, spell, wish: 'text' });
  const shrunk = languages.length > 1 ? undefined : plain ? shrink(plain, shape) : loose(only.regex, shape);
  return shrunk ? regexExpression(shrunk, { book, spell }) : refuseStates(shape);
}

/** A pattern that may match anywhere, for which an automaton would be too large: searched for from every place. */
function loose(regex: Regex, { minLength, maxLength }: StringShape): Regex | undefined {
  if (hasBorder(regex) || minLength > 0 || maxLength < Infinity) return undefined;
  return inOrder(anything, regex, anything);
}

/** The expression with the lengths worked in, where that needs no automaton. */
function fitLength(regex: Regex, { minLength, maxLength }: StringShape): Regex | undefined {
  const lengths = lengthsOf(regex);
  if (lengths.min >= minLength && lengths.max <= maxLength) return regex;
  if (regex.kind !== 'repeat' || regex.item.kind !== 'set') return undefined;
  const [min, max] = [Math.max(regex.min, minLength), Math.min(regex.max, maxLength)];
  return min <= max ? { ...regex, min, max } : undefined;
}

/** The expression with fewer repetitions, so that every text is short enough: less than the schema admits. */
function shrink(regex: Regex, { minLength, maxLength }: StringShape, fewest = 1): Regex | undefined {
  for (let most = 64; most >= fewest; most /= 2) {
    const shrunk = withFewerRepetitions(regex, most);
    const lengths = lengthsOf(shrunk);
    if (lengths.min >= minLength && lengths.max <= maxLength) return shrunk;
  }
  return undefined;
}

/** Every text that fits the shape, as an automaton; refused when that grows too large. */
export function stringAutomaton(shape: StringShape, patterns: Patterns): Automaton {
  return tryAutomaton(shape, patterns) ?? refuseStates(shape);
}

function tryAutomaton({ minLength, maxLength, languages }: StringShape, patterns: Patterns): Automaton | undefined {
  const { limits } = patterns;
  try {
    const found = languages.map(({ regex, key }) => patterns.findAutomaton(regex, key));
    const automata = found.flatMap((one) => (one ? [minimise(one, limits.budget)] : []));
    if (automata.length < languages.length) return undefined;
    const isFree = minLength === 0 && maxLength === Infinity;
    const last = isFree ? [] : [lengthBetween(minLength, maxLength, limits)];
    const [first, ...rest] = [...automata, ...last];
    const joined = rest.reduce((all, next) => both(all, next, limits), first ?? lengthBetween(0, Infinity, limits));
    return minimise(joined, limits.budget);
  } catch (error) {
    if (error instanceof TooManyStates) return undefined;
    throw error;
  }
}

function refuseStates({ path: lengthPath, languages }: StringShape): never {
  const path = lengthPath || (languages[0]?.path ?? '');
  const keyword = path.slice(path.lastIndexOf('/') + 1);
  const reason = 'length and pattern together need too many states';
  return refuse({ path, keyword, reason, hint: 'Say the length inside the pattern, as in ^[a-z]{1,40}$.' });
}

/** True when it is certain that no text fits. */
export function isEmptyString(shape: StringShape, patterns: Patterns): boolean {
  if (shape.minLength > shape.maxLength) return true;
  if (shape.languages.some(({ regex }) => lengthsOf(regex).min > shape.maxLength)) return true;
  if (shape.languages.length < 2) return false;
  const isLong = shape.minLength > 500 || (shape.maxLength > 500 && shape.maxLength !== Infinity);
  const automaton = tryAutomaton(isLong ? { ...shape, minLength: 0, maxLength: Infinity } : shape, patterns);
  return automaton !== undefined && isEmptyLanguage(automaton);
}

/** Names that are free: they fit the automaton and are none of the given ones. */
export function namesWithout(names: Automaton, excluded: readonly string[], patterns: Patterns): Automaton {
  const met = excluded.filter((name) => accepts(names, name));
  if (met.length === 0) return names;
  const limits = { ...patterns.limits, maxStates: 50_000 };
  return both(names, complement(exactTexts(met, limits)), limits);
}
