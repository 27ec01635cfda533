import { accepts, type Automaton, type AutomatonLimits } from './automaton.ts';
import type { Budget } from './budget.ts';
import { allCodePoints } from './code-points.ts';
import { parsePattern, PatternError, type Reading } from './pattern-parser.ts';
import { TooManyStates } from './automaton.ts';
import { refuse } from './refusal.ts';
import { toAutomaton } from './regex-automaton.ts';
import { hasBorder, inOrder, oneOfThese, setOf, times, type Regex } from './regex.ts';
import { formatRegex } from './string-formats.ts';

/** Any text. */
export const anything = times(setOf(allCodePoints), 0, Infinity);
const maxStates = 3000;

/** Patterns and formats of one compilation, parsed and turned into automata once. */
export class Patterns {
  readonly limits: AutomatonLimits;
  readonly #regexes = new Map<string, Regex>();
  readonly #automata = new Map<string, Automaton>();

  constructor(budget: Budget) {
    this.limits = { maxStates, budget };
  }

  /** The texts in which the pattern matches somewhere; refused by `path` when it cannot be enforced. */
  pattern(source: string, { path, reading }: { path: string; reading: Reading }): Regex {
    const key = `${reading}:${source}`;
    const known = this.#regexes.get(key);
    if (known) return known;
    const regex = parseOrRefuse(source, { path, reading });
    this.#regexes.set(key, regex);
    return regex;
  }

  format(name: string, isCounted = false): Regex | undefined {
    const key = `${isCounted ? 'counted' : 'format'}:${name}`;
    const regex = this.#regexes.get(key) ?? formatRegex(name, { isCounted });
    if (regex) this.#regexes.set(key, regex);
    return regex;
  }

  /** The expression as an automaton over the whole text; `path` is refused when that becomes too large. */
  automaton(regex: Regex, { key, path }: { key: string; path: string }): Automaton {
    const made = this.findAutomaton(regex, key);
    return made ?? refuse({ path, keyword: lastToken(path), reason: 'the pattern needs too many states' });
  }

  /** The same, undefined when it would become too large. */
  findAutomaton(regex: Regex, key: string): Automaton | undefined {
    const known = this.#automata.get(key);
    if (known) return known;
    try {
      const made = toAutomaton(inOrder(anything, regex, anything), this.limits);
      this.#automata.set(key, made);
      return made;
    } catch (error) {
      if (error instanceof TooManyStates) return undefined;
      throw error;
    }
  }

  patternAccepts(source: string, { path, reading, text }: { path: string; reading: Reading; text: string }): boolean {
    const regex = this.pattern(source, { path, reading });
    return accepts(this.automaton(regex, { key: `${reading}:${source}`, path }), text);
  }

  formatAccepts(name: string, { path, text }: { path: string; text: string }): boolean {
    const regex = this.format(name);
    return regex === undefined || accepts(this.automaton(regex, { key: `format:${name}`, path }), text);
  }
}

function parseOrRefuse(source: string, { path, reading }: { path: string; reading: Reading }): Regex {
  try {
    return parsePattern(source, reading);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const hint = 'Write the pattern with classes, groups, alternatives and counts only.';
    return refuse({ path, keyword: lastToken(path), reason: `the pattern ${error.message}`, hint });
  }
}

function lastToken(path: string): string {
  return path.includes('/patternProperties/') ? 'patternProperties' : path.slice(path.lastIndexOf('/') + 1);
}

/** The same language without borders, when each alternative begins at the text's beginning and ends where it says. */
export function withoutBorders(regex: Regex): Regex | undefined {
  if (regex.kind === 'choice') {
    const branches = regex.items.map(withoutBorders);
    const whole = branches.filter((branch) => branch !== undefined);
    return whole.length === branches.length ? oneOfThese(...whole) : undefined;
  }
  const items = regex.kind === 'sequence' ? regex.items : [regex];
  if (items[0]?.kind !== 'begin') return undefined;
  const isEnded = items.at(-1)?.kind === 'end';
  const inner = inOrder(...items.slice(1, isEnded ? -1 : undefined));
  if (hasBorder(inner)) return undefined;
  return isEnded ? inner : inOrder(inner, anything);
}
