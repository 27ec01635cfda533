import { codePoints } from './code-points.ts';
import { emptyRegex, exactText, inOrder, oneOfThese, setOf, times, type Regex } from './regex.ts';

const digit = setOf(codePoints(['0', '9']));
const nonZero = setOf(codePoints(['1', '9']));

/** Digits of the largest whole number we write: every reader holds it exactly. */
export const mostDigits = 15;
export const largestInteger = 10n ** BigInt(mostDigits) - 1n;

/** Whole numbers from `low` to `high`, without leading zeros; zero has no sign. */
export function integersBetween(low: bigint, high: bigint): Regex {
  const parts: Regex[] = [];
  if (low <= 0n && high >= 0n) parts.push(exactText('0'));
  const positiveLow = low > 1n ? low : 1n;
  if (positiveLow <= high) parts.push(naturals(positiveLow, high));
  const negativeLow = high < -1n ? -high : 1n;
  if (negativeLow <= -low) parts.push(inOrder(exactText('-'), naturals(negativeLow, -low)));
  return oneOfThese(...parts);
}

/** From 1 on: numbers of one length are compared digit by digit, whole lengths in between come as a count. */
function naturals(low: bigint, high: bigint): Regex {
  const first = low.toString();
  const last = high.toString();
  if (first.length === last.length) return sameLength(first, last);
  const parts: Regex[] = [];
  let shortest = first.length;
  let longest = last.length;
  if (!/^10*$/.test(first)) parts.push(sameLength(first, '9'.repeat(shortest++)));
  const rest = /^9+$/.test(last) ? undefined : sameLength(`1${'0'.repeat(last.length - 1)}`, last);
  if (rest) longest--;
  if (shortest <= longest) parts.push(inOrder(nonZero, times(digit, shortest - 1, longest - 1)));
  if (rest) parts.push(rest);
  return oneOfThese(...parts);
}

function sameLength(low: string, high: string): Regex {
  if (low === '') return emptyRegex;
  if (/^0*$/.test(low) && /^9*$/.test(high)) return times(digit, low.length);
  return byFirstDigit({ low, high, rest: sameLength, free: (count) => times(digit, count) });
}

interface DigitRange {
  low: string;
  high: string;
  rest: (low: string, high: string) => Regex;
  free: (count: number) => Regex;
}

/** Splits a range of digit texts by the first digit: the border digits go on comparing, those between are free. */
function byFirstDigit({ low, high, rest, free }: DigitRange): Regex {
  const [from, to, count] = [Number(low[0]), Number(high[0]), low.length - 1];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (from === to) return inOrder(exactText(String(from)), rest(lowRest, highRest));
  const parts: Regex[] = [];
  const isLowFree = /^0*$/.test(lowRest);
  const isHighFree = /^9*$/.test(highRest);
  if (!isLowFree) parts.push(inOrder(exactText(String(from)), rest(lowRest, '9'.repeat(count))));
  const [first, last] = [isLowFree ? from : from + 1, isHighFree ? to : to - 1];
  if (first <= last) parts.push(inOrder(setOf(codePoints([String(first), String(last)])), free(count)));
  if (!isHighFree) parts.push(inOrder(exactText(String(to)), rest('0'.repeat(count), highRest)));
  return oneOfThese(...parts);
}

/** Decimal numbers from `low` to `high`, both in units of 10^-places, with at most that many places. */
export function decimalsBetween(low: bigint, high: bigint, places: number): Regex {
  const parts: Regex[] = [];
  if (high >= 0n) parts.push(nonNegative(low > 0n ? low : 0n, high, places));
  const negativeLow = high < 0n ? -high : 1n;
  if (negativeLow <= -low) parts.push(inOrder(exactText('-'), nonNegative(negativeLow, -low, places)));
  return oneOfThese(...parts);
}

function nonNegative(low: bigint, high: bigint, places: number): Regex {
  if (low > high) return oneOfThese();
  const unit = 10n ** BigInt(places);
  const text = (value: bigint): string => (places === 0 ? '' : (value % unit).toString().padStart(places, '0'));
  const [from, to] = [low / unit, high / unit];
  const zeros = '0'.repeat(places);
  const nines = '9'.repeat(places);
  if (from === to) return inOrder(exactText(from.toString()), fraction(text(low), text(high)));
  const isLowFree = low % unit === 0n;
  const isHighFree = high % unit === unit - 1n;
  const parts: Regex[] = [];
  if (!isLowFree) parts.push(inOrder(exactText(from.toString()), fraction(text(low), nines)));
  const [first, last] = [isLowFree ? from : from + 1n, isHighFree ? to : to - 1n];
  if (first <= last) parts.push(inOrder(integersBetween(first, last), fraction(zeros, nines)));
  if (!isHighFree) parts.push(inOrder(exactText(to.toString()), fraction(zeros, text(high))));
  return oneOfThese(...parts);
}

/** Nothing, or a point and digits whose value, filled up with zeros, lies between the two. */
function fraction(low: string, high: string): Regex {
  const isZeroIn = /^0*$/.test(low);
  if (high === '') return emptyRegex;
  const behindPoint = inOrder(exactText('.'), fractionDigits(low, high, 1));
  return isZeroIn ? times(behindPoint, 0, 1) : behindPoint;
}

function fractionDigits(low: string, high: string, fewest: number): Regex {
  if (low === '') return emptyRegex;
  const isLowFree = /^0*$/.test(low);
  if (isLowFree && /^9*$/.test(high)) return times(digit, fewest, low.length);
  const digits = byFirstDigit({
    low,
    high,
    rest: (lowRest, highRest) => fractionDigits(lowRest, highRest, 0),
    free: (count) => times(digit, 0, count),
  });
  return isLowFree && fewest === 0 ? times(digits, 0, 1) : digits;
}
