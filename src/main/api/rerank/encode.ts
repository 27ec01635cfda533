import type { RerankResult } from '../../engine-port/index.ts';
import type { RerankWishes } from './decode.ts';

interface Ranked {
  index: number;
  score: number;
  text: string;
}

/** One answer that the clients of all four can read: Jina's `results`, Voyage's `data`, Cohere's `id` and `meta`. */
export function encodeRerank(head: { id: string; model: string }, wishes: RerankWishes, result: RerankResult): object {
  const results = rank(wishes, result).map(({ index, score, text }) => ({
    index,
    relevance_score: score,
    ...(wishes.withTexts ? { document: { text } } : {}),
  }));
  const tokens = countTokens(result);
  return {
    ...head,
    object: 'list',
    results,
    data: results,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    meta: { tokens: { input_tokens: tokens } },
  };
}

/** The bare list of Text Embeddings Inference. */
export function encodeTextRerank(wishes: RerankWishes, result: RerankResult): object[] {
  return rank(wishes, result).map(({ index, score, text }) => ({
    index,
    score,
    ...(wishes.withTexts ? { text } : {}),
  }));
}

export function countTokens({ tokenCounts }: RerankResult): number {
  return tokenCounts.reduce((sum, count) => sum + count, 0);
}

/** Best first; equal ones in the order they came. */
function rank({ documents, kept, wantsRawScores }: RerankWishes, { scores, areProbabilities }: RerankResult): Ranked[] {
  const isFinal = wantsRawScores || areProbabilities;
  return scores
    .map((score, index) => ({ index, score: isFinal ? score : toShare(score), text: documents[index] ?? '' }))
    .sort((left, right) => right.score - left.score)
    .slice(0, kept);
}

/** From any number to one between 0 and 1, in the same order: the logistic function. */
function toShare(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
