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
import { withoutBorders, type Patterns } from './patterns.ts';
import { lengthsOf, type Regex } from './regex.ts';
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
  const regex = format === undefined ? undefined : patterns.format(format);
  if (regex) found.push({ regex, key: `format:${String(format)}`, path: keywordPath(node, 'format') });
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
  if (!book.isReserved(name)) {
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
  const fitted = plain && fitLength(plain, { minLength, maxLength });
  if (fitted) return regexExpression(fitted, { book, spell });
  return automatonExpression(stringAutomaton(shape, patterns), { book, spell, wish: 'text' });
}

/** The expression with the lengths worked in, where that needs no automaton. */
function fitLength(
  regex: Regex,
  { minLength, maxLength }: { minLength: number; maxLength: number },
): Regex | undefined {
  const lengths = lengthsOf(regex);
  if (lengths.min >= minLength && lengths.max <= maxLength) return regex;
  if (regex.kind !== 'repeat' || regex.item.kind !== 'set') return undefined;
  const [min, max] = [Math.max(regex.min, minLength), Math.min(regex.max, maxLength)];
  return min <= max ? { ...regex, min, max } : undefined;
}

/** Every text that fits the shape, as an automaton; refused when that grows too large. */
export function stringAutomaton(shape: StringShape, patterns: Patterns): Automaton {
  const { minLength, maxLength, languages } = shape;
  const { limits } = patterns;
  try {
    const automata = languages.map((language) => minimise(patterns.automaton(language.regex, language), limits.budget));
    const isFree = minLength === 0 && maxLength === Infinity;
    const last = isFree ? [] : [lengthBetween(minLength, maxLength, limits)];
    const [first, ...rest] = [...automata, ...last];
    const joined = rest.reduce((all, next) => both(all, next, limits), first ?? lengthBetween(0, Infinity, limits));
    return minimise(joined, limits.budget);
  } catch (error) {
    if (!(error instanceof TooManyStates)) throw error;
    const path = shape.path || (languages[0]?.path ?? '');
    const keyword = path.slice(path.lastIndexOf('/') + 1);
    const reason = 'length and pattern together need too many states';
    return refuse({ path, keyword, reason, hint: 'Say the length inside the pattern, as in ^[a-z]{1,40}$.' });
  }
}

/** True when it is certain that no text fits. */
export function isEmptyString(shape: StringShape, patterns: Patterns): boolean {
  if (shape.minLength > shape.maxLength) return true;
  if (shape.languages.length === 0) return false;
  const isLong = shape.minLength > 500 || (shape.maxLength > 500 && shape.maxLength !== Infinity);
  const bounded = isLong ? { ...shape, minLength: 0, maxLength: Infinity } : shape;
  return isEmptyLanguage(stringAutomaton(bounded, patterns));
}

/** Names that are free: they fit the automaton and are none of the given ones. */
export function namesWithout(names: Automaton, excluded: readonly string[], patterns: Patterns): Automaton {
  const met = excluded.filter((name) => accepts(names, name));
  if (met.length === 0) return names;
  const limits = { ...patterns.limits, maxStates: 50_000 };
  return both(names, complement(exactTexts(met, limits)), limits);
}
