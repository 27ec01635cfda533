import { parseArgs } from 'node:util';
import { AppError } from '#shared/errors/app-error.ts';
import type { Flag, Flags } from './flags.ts';
import { findNearestWord } from './nearest-word.ts';

export interface ArgumentRules {
  flags: Flags;
  /** How many arguments without a dash there may be. */
  positionals: { min: number; max: number };
  /** How the command is written, for the error. */
  usage: string;
}

export interface Given {
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
}

/** The range of a number, both ends included. */
export interface NumberRange {
  min: number;
  max: number;
  isInteger: boolean;
}

/**
 * Splits the arguments by the rules. Everything wrong with them throws `invalid-request` and names the argument: an
 * unknown flag with the nearest known one, a missing value, too few or too many.
 */
export function parseArguments({ argv, environment }: Given, rules: ArgumentRules): GivenArguments {
  const options = Object.fromEntries(
    Object.entries(rules.flags).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  const values = new Map<string, GivenValue>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') addFlag(values, rules, token);
  }
  checkCount(positionals, rules);
  addEnvironment(values, rules.flags, environment);
  return new GivenArguments(values, positionals);
}

interface GivenValue {
  /** As the user wrote it: `--port` or `IMPETUS_PORT`. */
  source: string;
  texts: string[];
}

/** What was given, read with its type. */
export class GivenArguments {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, GivenValue>;

  constructor(values: ReadonlyMap<string, GivenValue>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  isSet(flag: string): boolean {
    return this.#values.has(flag);
  }

  /** The last value given, or undefined. */
  text(flag: string): string | undefined {
    return this.#values.get(flag)?.texts.at(-1);
  }

  texts(flag: string): readonly string[] {
    return this.#values.get(flag)?.texts ?? [];
  }

  number(flag: string, { min, max, isInteger }: NumberRange): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (!isInteger || Number.isInteger(value))) return value;
    throw this.unfit(flag, `${isInteger ? 'a whole number' : 'a number'} from ${min} to ${max}`);
  }

  oneOf<Choice extends string>(flag: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw this.unfit(flag, `one of ${choices.join(', ')}`);
    return choice;
  }

  /** The error for a value that does not fit; names the flag or the environment variable it came from. */
  unfit(flag: string, wanted: string): AppError {
    const source = this.#values.get(flag)?.source ?? `--${flag}`;
    return usageError(`${source} is "${this.text(flag) ?? ''}", but must be ${wanted}.`, { param: flag });
  }
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string | undefined;
}

function addFlag(
  values: Map<string, GivenValue>,
  { flags }: ArgumentRules,
  { name, rawName, value }: OptionToken,
): void {
  const flag = Object.hasOwn(flags, name) && rawName.startsWith('--') ? flags[name] : undefined;
  if (!flag) throw unknownFlag(rawName, flags);
  checkValue(flag, rawName, value);
  const before = flag.isRepeatable ? (values.get(name)?.texts ?? []) : [];
  values.set(name, { source: rawName, texts: [...before, value ?? ''] });
}

function checkValue(flag: Flag, rawName: string, value: string | undefined): void {
  if (flag.value === undefined && value !== undefined) {
    throw usageError(`${rawName} takes no value.`, { param: rawName });
  }
  if (flag.value !== undefined && !value) {
    throw usageError(`${rawName} needs a value: ${rawName} ${flag.value}.`, { param: rawName });
  }
}

function unknownFlag(rawName: string, flags: Flags): AppError {
  const nearest = findNearestWord(
    rawName,
    Object.keys(flags).map((name) => `--${name}`),
  );
  return usageError(`There is no flag ${rawName}.`, {
    param: rawName,
    ...(nearest === undefined ? {} : { nearest: [nearest] }),
  });
}

function checkCount(positionals: readonly string[], { positionals: { min, max }, usage }: ArgumentRules): void {
  if (positionals.length < min) throw usageError(`Something is missing: ${usage}`, {});
  if (positionals.length > max) {
    throw usageError(`"${positionals[max] ?? ''}" is one argument too many: ${usage}`, {});
  }
}

function addEnvironment(
  values: Map<string, GivenValue>,
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, { environment: variable }] of Object.entries(flags)) {
    const value = variable === undefined ? undefined : environment[variable];
    if (variable && value && !values.has(name)) values.set(name, { source: variable, texts: [value] });
  }
}

/** A fault in how the command was written. */
export function usageError(message: string, data: Record<string, unknown>): AppError {
  const [nearest] = (data['nearest'] as string[] | undefined) ?? [];
  return new AppError('invalid-request', message, {
    hint: nearest === undefined ? 'See `impetus --help`.' : `Did you mean ${nearest}?`,
    data,
  });
}
