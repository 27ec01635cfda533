import type { DrySettings } from './sampler-settings.ts';
import { toFinite, type ScoreAdjustment } from './score-adjustment.ts';
import { TokenWindow } from './token-window.ts';

/** ln of the greatest float: a penalty's exponent stops before it would overflow. */
const greatestExponent = 88.722_839_1;

/** Tails of the sequence breakers by their first token; an empty tail is a breaker of one token. */
type Breakers = ReadonlyMap<number, readonly (readonly number[])[]>;

/**
 * "Don't repeat yourself": for every place in the window that ends as the sequence ends, the token that followed there
 * is penalised by the length of the repetition. Two passes over the window per token chosen.
 */
export class DryPenalty implements ScoreAdjustment {
  readonly #settings: DrySettings;
  readonly #breakers: Breakers;
  #window: TokenWindow;
  /** Tokens that would prolong a repetition, with its length. */
  readonly #lengths = new Map<number, number>();
  #tokens: number[] = [];
  readonly #highest: number;

  constructor(settings: DrySettings, breakers = groupBreakers(settings.sequenceBreakers)) {
    const { base, lastTokens } = settings;
    this.#settings = settings;
    this.#breakers = breakers;
    this.#window = new TokenWindow(lastTokens);
    this.#highest = base > 1.000001 ? Math.floor(greatestExponent / Math.log(base)) : Infinity;
  }

  static isNeutral({ multiplier, base, lastTokens }: DrySettings): boolean {
    return multiplier === 0 || base < 1 || lastTokens === 0;
  }

  get count(): number {
    return this.#tokens.length;
  }

  tokenAt(slot: number): number {
    return this.#tokens[slot] ?? 0;
  }

  slotOf(token: number): number | undefined {
    return this.#lengths.has(token) ? this.#tokens.indexOf(token) : undefined;
  }

  adjust(slot: number, score: number): number {
    if (score === -Infinity) return score;
    const { multiplier, base, allowedLength } = this.#settings;
    const length = this.#lengths.get(this.tokenAt(slot)) ?? 0;
    return toFinite(score - multiplier * base ** Math.min(length - allowedLength, this.#highest));
  }

  accept(token: number): void {
    this.#window.push(token);
  }

  clone(): DryPenalty {
    const copy = new DryPenalty(this.#settings, this.#breakers);
    copy.#window = this.#window.clone();
    return copy;
  }

  /** Finds the tokens to penalise now. */
  update(): void {
    const { allowedLength } = this.#settings;
    this.#lengths.clear();
    this.#tokens.length = 0;
    if (this.#window.length <= allowedLength) return;
    const limit = this.#findLimit();
    if (limit < allowedLength) return;
    const repeats = measureRepeats(this.#window, limit);
    for (let age = repeats.length - 1; age >= 1; age--) this.#note(this.#window.at(age - 1), repeats[age] ?? 0);
    this.#tokens.push(...this.#lengths.keys());
  }

  #note(token: number, length: number): void {
    if (length < this.#settings.allowedLength || length <= (this.#lengths.get(token) ?? -1)) return;
    const isBreaker = this.#breakers.get(token)?.some((tail) => tail.length === 0) ?? false;
    if (!isBreaker) this.#lengths.set(token, length);
  }

  /** Tokens since the newest sequence breaker: no repetition is longer. */
  #findLimit(): number {
    const window = this.#window;
    for (let age = 0; age < window.length; age++) {
      const tails = this.#breakers.get(window.at(age));
      if (tails === undefined) continue;
      const longest = findLongestTail(tails, window, age);
      if (longest !== undefined) return age - longest;
    }
    return window.length;
  }
}

function groupBreakers(sequences: readonly (readonly number[])[]): Breakers {
  const breakers = new Map<number, (readonly number[])[]>();
  for (const [head, ...tail] of sequences) {
    if (head === undefined) continue;
    const tails = breakers.get(head) ?? [];
    tails.push(tail);
    breakers.set(head, tails);
  }
  return breakers;
}

/** Length of the longest tail that follows the token of this age. */
function findLongestTail(tails: readonly (readonly number[])[], window: TokenWindow, age: number): number | undefined {
  let longest: number | undefined;
  for (const tail of tails) {
    if (tail.length > age || tail.length <= (longest ?? -1)) continue;
    if (tail.every((token, offset) => token === window.at(age - offset - 1))) longest = tail.length;
  }
  return longest;
}

/**
 * For each age, how many tokens before it equal the newest ones (the Z-algorithm, from the end), at most `limit`.
 * Linear in the window.
 */
function measureRepeats(window: TokenWindow, limit: number): Int32Array {
  const { length } = window;
  const repeats = new Int32Array(length);
  let left = 0;
  let right = 0;
  for (let age = 1; age < length; age++) {
    const known = age > right ? 0 : (repeats[age - left] ?? 0);
    if (age <= right && known < right - age + 1) {
      repeats[age] = known;
      continue;
    }
    let end = age > right ? age : right + 1;
    while (end < length && window.at(end) === window.at(end - age)) end++;
    repeats[age] = Math.min(end - age, limit);
    if (age > right && end === age) continue;
    left = age;
    right = end - 1;
  }
  return repeats;
}
