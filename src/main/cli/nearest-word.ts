import { editDistance } from '#shared/text/edit-distance.ts';

/** The candidate a slip of the fingers away from `word`, if there is one. */
export function findNearestWord(word: string, candidates: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= most)
    .sort((left, right) => left.distance - right.distance);
  return best?.candidate;
}
