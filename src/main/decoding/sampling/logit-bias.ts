import { toFinite, type ScoreAdjustment } from './score-adjustment.ts';

/** Added to the scores of some tokens; ids outside of the vocabulary are left out. Undefined when none remains. */
export function createLogitBias(
  bias: ReadonlyMap<number, number>,
  vocabularySize: number,
): ScoreAdjustment | undefined {
  const entries = [...bias].filter(([token, value]) => token >= 0 && token < vocabularySize && value !== 0);
  if (entries.length === 0) return undefined;
  const slots = new Map(entries.map(([token], slot) => [token, slot]));
  const tokens = Uint32Array.from(entries, ([token]) => token);
  const values = Float64Array.from(entries, ([, value]) => value);
  return {
    count: tokens.length,
    tokenAt: (slot) => tokens[slot] ?? 0,
    slotOf: (token) => slots.get(token),
    adjust: (slot, score) => {
      const value = values[slot] ?? 0;
      return score === -Infinity || value === -Infinity ? -Infinity : toFinite(score + value);
    },
  };
}
