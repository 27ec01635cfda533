import { countCommon } from './common-prefix.ts';

/** A stretch in which two token lists differ before they go on alike. */
export interface TokenBreak {
  position: number;
  /** Ends of the differing stretches. */
  heldEnd: number;
  promptEnd: number;
  /** Tokens alike behind it. */
  lostTokens: number;
}

/** Lists that share fewer tokens before the difference have to share more of them behind it, else they are strangers. */
const leastCommonTokens = 16;
/** Longest stretch that counts as a changed value and not as another text. */
const longestStretch = 64;
/** Tokens alike behind it, so that the meeting is no accident: near the beginning of a prompt, and further on. */
const leastRejoinEarly = 64;
const leastRejoinLate = 16;

/**
 * Finds out whether a prompt would have gone on like the held tokens but for one changed value. Undefined where it
 * simply says something else from there on.
 */
export function findTokenBreak(held: Uint32Array, prompt: Uint32Array, common: number): TokenBreak | undefined {
  const leastRejoin = common < leastCommonTokens ? leastRejoinEarly : leastRejoinLate;
  if (Math.min(held.length, prompt.length) - common < leastRejoin) return undefined;
  for (let length = 1; length <= 2 * longestStretch; length++) {
    // All pairs of stretches with this many tokens together, the evenly long ones first.
    for (let inHeld = Math.floor(length / 2); inHeld >= 0; inHeld--) {
      for (const heldLength of new Set([inHeld, length - inHeld])) {
        const heldEnd = common + heldLength;
        const promptEnd = common + length - heldLength;
        const lostTokens = countCommon(held.subarray(heldEnd), prompt.subarray(promptEnd));
        if (lostTokens >= leastRejoin) return { position: common, heldEnd, promptEnd, lostTokens };
      }
    }
  }
  return undefined;
}
