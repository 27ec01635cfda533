/** A ratio of two arms measured in pairs: its median and the bootstrap 95 % confidence interval of that median. */
export interface Ratio {
  median: number;
  low: number;
  high: number;
  pairs: number;
}

const resamples = 2000;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('The median of nothing.');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/**
 * The ratio first / second of each pair, on the logarithm so that 2x and 0.5x weigh alike. `random` gives numbers in
 * [0, 1); the same seed gives the same interval.
 */
export function pairedRatio(
  pairs: readonly (readonly [first: number, second: number])[],
  random: () => number = seededRandom(1),
): Ratio {
  const logarithms = pairs.map(([first, second]) => Math.log(first / second));
  const medians = Array.from({ length: resamples }, () =>
    median(logarithms.map(() => logarithms[Math.floor(random() * logarithms.length)] ?? 0)),
  );
  return {
    median: Math.exp(median(logarithms)),
    low: Math.exp(quantile(medians, 0.025)),
    high: Math.exp(quantile(medians, 0.975)),
    pairs: pairs.length,
  };
}

/** The median of absolute values and the bootstrap 95 % interval of it. */
export function medianInterval(
  values: readonly number[],
  random: () => number = seededRandom(1),
): { median: number; low: number; high: number } {
  const medians = Array.from({ length: resamples }, () =>
    median(values.map((value) => values[Math.floor(random() * values.length)] ?? value)),
  );
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The ratio of a quantile of all first values to that of all second ones, by resampling whole pairs. */
export function quantileRatio(
  pairs: readonly (readonly [first: number, second: number])[],
  part: number,
  random: () => number = seededRandom(1),
): Ratio {
  const ratioOf = (some: readonly (readonly [number, number])[]): number =>
    quantile(
      some.map(([first]) => first),
      part,
    ) /
    quantile(
      some.map(([, second]) => second),
      part,
    );
  const ratios = Array.from({ length: resamples }, () =>
    ratioOf(pairs.map((pair) => pairs[Math.floor(random() * pairs.length)] ?? pair)),
  );
  return {
    median: ratioOf(pairs),
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
    pairs: pairs.length,
  };
}

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `met` and `missed` only when the whole interval lies on one side of the bound. */
export function judge(ratio: Ratio, bound: { atMost?: number; atLeast?: number }): 'met' | 'missed' | 'open' {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = 0 } = bound;
  if (ratio.high <= atMost && ratio.low >= atLeast) return 'met';
  return ratio.low > atMost || ratio.high < atLeast ? 'missed' : 'open';
}
