import { seededRandom } from './statistics.ts';

/** Ordinary words of the model's vocabulary lie between its special tokens and its end. */
const firstToken = 1000;
const tokenRange = 40_000;

/** Token ids that no earlier prompt began with: the same for the same seed on every arm. */
export function makePrompt(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => firstToken + Math.floor(random() * tokenRange));
}

/** Keeps the prompts of one comparison apart from those of another on the same server, whose cache would know them. */
export function saltOf(peerName: string): number {
  return [...peerName].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) * 1_000_003;
}
