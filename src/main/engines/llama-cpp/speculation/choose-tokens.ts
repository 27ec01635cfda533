import type { StepPart } from '../step-part.ts';

/**
 * Lets an answer choose from the scores of its part, position by position. Drafted tokens hold as long as the answer
 * chooses the same; returns how many of them do not.
 */
export function chooseTokens(part: StepPart, scoresAt: (index: number) => Float32Array): number {
  const { slot, index, scoreCount, draft } = part;
  const { run } = slot;
  const first = index - scoreCount + 1;
  if (!draft) {
    for (let at = first; at <= index && !run.isOver; at++) run.takeScores(scoresAt(at));
    return 0;
  }
  let right = 0;
  while (!run.isOver) {
    run.takeScores(scoresAt(first + right));
    if (run.isOver) break;
    right += run.acceptDraft(draft.slice(right));
    // What is still to be computed has no scores here.
    if (run.pendingTokens > 0) break;
  }
  return draft.length - right;
}
