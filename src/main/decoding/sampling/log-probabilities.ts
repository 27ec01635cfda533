import { exponential } from './exponential.ts';
import { TopSelection } from './top-selection.ts';

export interface TokenLogprob {
  token: number;
  logprob: number;
}

export interface PositionLogprobs {
  /** Natural logarithm of the token's probability. */
  logprob: number;
  /** The most probable tokens of the position, falling. */
  top: TokenLogprob[];
}

/**
 * Log probabilities of the model's own distribution, before any stage of sampling: of one token and of the `top` most
 * probable ones. Two passes over the scores, summed in double precision.
 */
export function logprobsOf(scores: Float32Array, token: number, top: number): PositionLogprobs {
  const selection = new TopSelection(Math.max(1, top));
  selection.select(scores, scores.length, selection.capacity);
  const greatest = selection.scores[0] ?? 0;
  let sum = 0;
  for (let index = 0; index < scores.length; index++) sum += exponential((scores[index] ?? 0) - greatest);
  const total = greatest + Math.log(sum);
  return {
    logprob: (scores[token] ?? -Infinity) - total,
    top: Array.from({ length: Math.min(top, selection.count) }, (_, place) => ({
      token: selection.positions[place] ?? 0,
      logprob: (selection.scores[place] ?? 0) - total,
    })),
  };
}
