import type { TokenProbability } from '#shared/domain/generation.ts';

/** A generated choice, as far as ranking looks at it. */
interface Ranked {
  probabilities: readonly TokenProbability[];
}

/**
 * Of each prompt's choices the `kept` that the model itself finds likeliest (mean logarithm of their tokens'
 * probabilities), best first. An empty choice ranks last.
 */
export function pickBest<Choice extends Ranked>(
  choices: readonly Choice[],
  { generated, kept }: { generated: number; kept: number },
): Choice[] {
  if (generated === kept) return [...choices];
  const picked: Choice[] = [];
  for (let start = 0; start < choices.length; start += generated) {
    const ofPrompt = choices.slice(start, start + generated);
    picked.push(...ofPrompt.sort((left, right) => meanLogprob(right) - meanLogprob(left)).slice(0, kept));
  }
  return picked;
}

function meanLogprob({ probabilities }: Ranked): number {
  if (probabilities.length === 0) return -Number.MAX_VALUE;
  return probabilities.reduce((sum, { logprob }) => sum + Math.max(logprob, -9999), 0) / probabilities.length;
}
