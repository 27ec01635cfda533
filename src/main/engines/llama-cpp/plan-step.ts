/** A running request as the planner sees it. */
export interface StepCandidate {
  sequence: number;
  /** Prompt tokens still to compute; 0 means it decodes. */
  prefillTokens: number;
  /** True: its reader is behind, it sits this step out. */
  isPaused: boolean;
  /** Order of admission; earlier prompts are finished first. */
  order: number;
}

export interface PlannedPart {
  sequence: number;
  tokenCount: number;
}

export interface PlanOptions {
  batchSize: number;
  /** Prompt tokens allowed beside this many decoding sequences, of `waiting` ones. */
  prefillBudget: (decodeTokens: number, waiting: number) => number;
}

/**
 * One step as one batch, parts in ascending order of their sequences: a token of every answer that runs, and the rest
 * for prompts, the oldest first. Empty when nobody can go on.
 */
export function planStep(
  candidates: readonly StepCandidate[],
  { batchSize, prefillBudget }: PlanOptions,
): PlannedPart[] {
  const decoding = candidates.filter(({ prefillTokens, isPaused }) => prefillTokens === 0 && !isPaused);
  const parts: PlannedPart[] = decoding.map(({ sequence }) => ({ sequence, tokenCount: 1 }));
  const prompts = candidates.filter(({ prefillTokens }) => prefillTokens > 0).sort((a, b) => a.order - b.order);
  const waiting = prompts.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0);
  let room = Math.min(batchSize - parts.length, prefillBudget(parts.length, waiting));
  for (const { sequence, prefillTokens } of prompts) {
    const tokenCount = Math.min(prefillTokens, room);
    if (tokenCount <= 0) break;
    parts.push({ sequence, tokenCount });
    room -= tokenCount;
  }
  return parts.sort((a, b) => a.sequence - b.sequence);
}
