import type { Candidates } from './candidates.ts';
import { DescendingOrder } from './descending-order.ts';
import { exponential } from './exponential.ts';
import { TopSelection } from './top-selection.ts';

/** One stage of the chain: narrows or changes the candidates. What the names mean is llama.cpp's definition. */
export type SamplingStage = (candidates: Candidates) => void;

/** First try of top_p on unsorted candidates: so many are usually enough. */
const firstTry = 256;

/** The k highest scores. */
export function createTopK(k: number): SamplingStage {
  return (candidates) => candidates.keepTop(k);
}

/** The fewest most probable candidates that hold at least this share of the probability. */
export function createTopP(share: number, minKeep: number): SamplingStage {
  return (candidates) => {
    const { greatest, sum } = candidates.sumWeights();
    const target = share * sum;
    if (!candidates.isSorted) {
      const top = candidates.peekTop(firstTry);
      const kept = countUntil({ target, minKeep, count: top.count }, (place) =>
        exponential((top.scores[place] ?? 0) - greatest),
      );
      if (kept !== undefined) return candidates.keepPeeked(kept);
      candidates.sort();
    }
    const { count } = candidates;
    const kept = countUntil({ target, minKeep, count }, (place) => exponential(candidates.scoreAt(place) - greatest));
    candidates.keepFirst(kept ?? count);
  };
}

interface CountOptions {
  target: number;
  minKeep: number;
  count: number;
}

/** How many of the weights, taken in order, reach the target together; undefined when all of them do not. */
function countUntil({ target, minKeep, count }: CountOptions, weight: (place: number) => number): number | undefined {
  let sum = 0;
  for (let place = 0; place < count; place++) {
    sum += weight(place);
    if (sum >= target && place + 1 >= minKeep) return place + 1;
  }
  return undefined;
}

/** Candidates at least this share as probable as the most probable one. */
export function createMinP(share: number, minKeep: number): SamplingStage {
  const distance = Math.log(share);
  return (candidates) => {
    const lowest = candidates.scoreAt(candidates.findGreatest()) + distance;
    if (minKeep <= 1) return candidates.keepFrom(lowest);
    candidates.sort();
    let kept = minKeep;
    while (kept < candidates.count && candidates.scoreAt(kept) >= lowest) kept++;
    candidates.keepFirst(kept);
  };
}

/** Candidates whose surprise is nearest to the mean surprise, until they hold this share of the probability. */
export function createTypicalP(share: number, minKeep: number): SamplingStage {
  const nearest = new TopSelection(firstTry);
  const order = new DescendingOrder();
  let closeness = new Float32Array(0);
  return (candidates) => {
    const logTotal = candidates.computeProbabilities();
    const entropy = measureEntropy(candidates, logTotal);
    const { count } = candidates;
    if (closeness.length < count) closeness = new Float32Array(count);
    for (let position = 0; position < count; position++) {
      closeness[position] = -Math.abs(logTotal - candidates.scoreAt(position) - entropy);
    }
    nearest.select(closeness, count, firstTry);
    const first = nearest.positions.subarray(0, nearest.count);
    const kept = countShare(candidates, first, { share, minKeep });
    if (kept !== undefined) return candidates.keepPositions(first.subarray(0, kept));
    const all = order.sort(closeness, count).subarray(0, count);
    candidates.keepPositions(all.subarray(0, countShare(candidates, all, { share, minKeep }) ?? count));
  };
}

/** How many of these candidates, taken in order, hold more than the share; undefined when all of them do not. */
function countShare(
  candidates: Candidates,
  positions: Uint32Array,
  { share, minKeep }: { share: number; minKeep: number },
): number | undefined {
  let sum = 0;
  for (let place = 0; place < positions.length; place++) {
    sum += candidates.probabilityAt(positions[place] ?? 0);
    if (sum > share && place + 1 >= minKeep) return place + 1;
  }
  return undefined;
}

/** In nats, right after `computeProbabilities` gave this logarithm. */
export function measureEntropy(candidates: Candidates, logTotal: number): number {
  let entropy = 0;
  for (let position = 0; position < candidates.count; position++) {
    const probability = candidates.probabilityAt(position);
    if (probability > 0) entropy += probability * (logTotal - candidates.scoreAt(position));
  }
  return entropy;
}

/** Scores within so many standard deviations of the highest. The others stay as candidates without a chance. */
export function createTopNSigma(deviations: number): SamplingStage {
  return (candidates) => {
    if (candidates.count <= 1) return;
    const greatest = candidates.scoreAt(candidates.findGreatest());
    const { count } = candidates;
    let valid = 0;
    let sum = 0;
    for (let position = 0; position < count; position++) {
      const score = candidates.scoreAt(position);
      if (score === -Infinity) continue;
      sum += score;
      valid++;
    }
    const mean = sum / valid;
    let squares = 0;
    for (let position = 0; position < count; position++) {
      const score = candidates.scoreAt(position);
      if (score !== -Infinity) squares += (score - mean) ** 2;
    }
    candidates.forbidBelow(greatest - deviations * Math.sqrt(squares / valid));
  };
}
