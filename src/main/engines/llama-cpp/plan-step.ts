/** A running request as the planner sees it. */
export interface StepCandidate {
  sequence: number;
  /** Prompt tokens still to compute; 0 means it decodes. */
  prefillTokens: number;
  /** Prompt tokens that there were to compute in all. Default: what is left. */
  promptTokens?: number;
  /** Tokens of its answer that are not computed yet, one at least. Default: 1. */
  pendingTokens?: number;
  /** True: the scores after each of its prompt tokens are wanted. Default: false. */
  wantsPromptScores?: boolean;
  /** True: its reader is behind, it sits this step out. */
  isPaused: boolean;
  /** Order of admission; earlier prompts are finished first. */
  order: number;
}

/** Positions of one batch whose scores the context has room for, unless there are more sequences. */
const scoredPositions = 16;

export interface PlannedPart {
  sequence: number;
  tokenCount: number;
}

export interface PlanOptions {
  batchSize: number;
  /** Prompt tokens allowed beside this many decoding sequences; `waiting`: of the whole prompts that are being read. */
  prefillBudget: (decodeTokens: number, waiting: number) => number;
}

/**
 * One step as one batch, parts in ascending order of their sequences: a token of every answer that runs, then tokens
 * that are known to come next, and the rest for prompts: the shortest first, but half of it for the oldest, so that none
 * waits for ever. Empty when nobody can go on.
 */
export function planStep(
  candidates: readonly StepCandidate[],
  { batchSize, prefillBudget }: PlanOptions,
): PlannedPart[] {
  const decoding = candidates.filter(({ prefillTokens, isPaused }) => prefillTokens === 0 && !isPaused);
  const prompts = candidates
    .filter(({ prefillTokens }) => prefillTokens > 0)
    .sort((a, b) => a.prefillTokens - b.prefillTokens || a.order - b.order);
  const waiting = sum(prompts, wholePrompt) + sum(decoding, furtherTokens);
  let room = Math.min(batchSize - decoding.length, prefillBudget(decoding.length, waiting));
  const parts: PlannedPart[] = decoding.map((candidate) => {
    const further = Math.max(0, Math.min(furtherTokens(candidate), room));
    room -= further;
    return { sequence: candidate.sequence, tokenCount: 1 + further };
  });
  let scoreRoom = Math.max(1, scoredPositions + 1 - candidates.length);
  const oldest = findOldest(prompts);
  let reserved = oldest ? Math.min(oldest.prefillTokens, Math.ceil(room / 2)) : 0;
  for (const candidate of prompts) {
    if (candidate === oldest) reserved = 0;
    const wanted = candidate.wantsPromptScores ? Math.min(candidate.prefillTokens, scoreRoom) : candidate.prefillTokens;
    const tokenCount = Math.min(wanted, room - reserved);
    if (tokenCount <= 0) continue;
    if (candidate.wantsPromptScores) scoreRoom = Math.max(1, scoreRoom + 1 - tokenCount);
    parts.push({ sequence: candidate.sequence, tokenCount });
    room -= tokenCount;
  }
  return parts.sort((a, b) => a.sequence - b.sequence);
}

/** Tokens of a whole batch. */
export function countTokens(plan: readonly PlannedPart[]): number {
  return plan.reduce((total, { tokenCount }) => total + tokenCount, 0);
}

function findOldest(prompts: readonly StepCandidate[]): StepCandidate | undefined {
  return prompts.reduce<StepCandidate | undefined>(
    (oldest, prompt) => (oldest === undefined || prompt.order < oldest.order ? prompt : oldest),
    undefined,
  );
}

/** The end of a long prompt does not make it a short one. */
function wholePrompt({ prefillTokens, promptTokens = prefillTokens }: StepCandidate): number {
  return promptTokens;
}

function furtherTokens({ pendingTokens = 1 }: StepCandidate): number {
  return pendingTokens - 1;
}

function sum(candidates: readonly StepCandidate[], measure: (candidate: StepCandidate) => number): number {
  return candidates.reduce((total, candidate) => total + measure(candidate), 0);
}
