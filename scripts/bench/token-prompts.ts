import { seededRandom } from './statistics.ts';

/** Ordinary words of the model's vocabulary lie between its special tokens and its end. */
const firstToken = 1000;
const tokenRange = 40_000;

/** Token ids that no earlier prompt began with: the same for the same seed on every arm. */
export function makePrompt(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => firstToken + Math.floor(random() * tokenRange));
}
