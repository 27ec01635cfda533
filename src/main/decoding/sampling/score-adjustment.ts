/** A change to the scores of few tokens: a bias, the repetition penalties, DRY. */
export interface ScoreAdjustment {
  /** How many tokens it changes; their slots are 0 to `count` - 1. */
  readonly count: number;
  tokenAt(slot: number): number;
  slotOf(token: number): number | undefined;
  adjust(slot: number, score: number): number;
}

const greatestScore = 3e38;

/** An adjusted score that single precision can hold: no setting makes a token certain, or forbidden by accident. */
export function toFinite(score: number): number {
  return Math.max(-greatestScore, Math.min(greatestScore, score));
}
