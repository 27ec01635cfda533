import type { RunningSlot } from './running-slot.ts';

/** One part of the batch that is being computed. */
export interface StepPart {
  slot: RunningSlot;
  tokens: Uint32Array;
  isPrefill: boolean;
  /** Where the batch keeps the scores after the last token; those of tokens before it stand in front. */
  index: number;
  scoreCount: number;
  /** The tokens at its end that are only expected. Absent: none. */
  draft?: readonly number[];
}

export interface PartMeasurement {
  /** Tokens of prompts. */
  prefillTokens: number;
  /** Answers that went on. */
  decodeTokens: number;
  tokenCount: number;
  /** Tokens of the longest sequence. */
  heldTokens: number;
}

export function measureParts(parts: readonly StepPart[]): PartMeasurement {
  const measured: PartMeasurement = { prefillTokens: 0, decodeTokens: 0, tokenCount: 0, heldTokens: 0 };
  for (const { slot, tokens, isPrefill } of parts) {
    measured.heldTokens = Math.max(measured.heldTokens, slot.sequence.history.length);
    if (isPrefill) measured.prefillTokens += tokens.length;
    else measured.decodeTokens++;
    measured.tokenCount += tokens.length;
  }
  return measured;
}
