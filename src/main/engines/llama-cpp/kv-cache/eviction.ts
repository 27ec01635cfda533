/** What is known of a file when room is needed. */
export interface EvictionCandidate {
  key: string;
  parent: string;
  /** Tokens before it. */
  from: number;
  bytes: number;
  lastUsedMs: number;
  /** More than one conversation went on from here, even if none of them is left. */
  isShared: boolean;
}

/** Beginnings that more than one conversation shares count as this much younger. */
const sharedFactor = 8;

/**
 * Which entries go until `budgetBytes` and `maxCount` hold. What was used longest ago goes first, ends before
 * beginnings; an agent's system prompt, from which conversations branch, stays eight times as long. Tokens saved need
 * no weight of their own: within a model bytes grow with tokens, and between models with the cost of a token.
 */
export function planEviction(
  candidates: readonly EvictionCandidate[],
  { budgetBytes, maxCount, nowMs }: { budgetBytes: number; maxCount: number; nowMs: number },
): string[] {
  let bytes = candidates.reduce((sum, candidate) => sum + candidate.bytes, 0);
  let count = candidates.length;
  const evicted: string[] = [];
  if (bytes <= budgetBytes && count <= maxCount) return evicted;
  for (const { candidate } of rank(candidates, nowMs)) {
    if (bytes <= budgetBytes && count <= maxCount) break;
    evicted.push(candidate.key);
    bytes -= candidate.bytes;
    count--;
  }
  return evicted;
}

interface Judged {
  candidate: EvictionCandidate;
  age: number;
}

/** The least useful first. */
function rank(candidates: readonly EvictionCandidate[], nowMs: number): Judged[] {
  const known = new Set(candidates.map(({ key }) => key));
  const children = new Map<string, { count: number; lastUsedMs: number; isShared: boolean }>();
  const judged: Judged[] = [];
  // Deepest first, so that what follows an entry is known when the entry is judged.
  for (const candidate of candidates.toSorted((left, right) => right.from - left.from)) {
    const below = children.get(candidate.key);
    const isShared = candidate.isShared || (below !== undefined && (below.count > 1 || below.isShared));
    const lastUsedMs = Math.max(candidate.lastUsedMs, below?.lastUsedMs ?? 0);
    const beside = children.get(candidate.parent) ?? { count: 0, lastUsedMs: 0, isShared: false };
    children.set(candidate.parent, {
      count: beside.count + 1,
      lastUsedMs: Math.max(beside.lastUsedMs, lastUsedMs),
      isShared: beside.isShared || isShared,
    });
    const isOrphan = candidate.from > 0 && !known.has(candidate.parent);
    const age = Math.max(0, nowMs - lastUsedMs) + 1;
    judged.push({ candidate, age: isOrphan ? Infinity : age / (isShared ? sharedFactor : 1) });
  }
  // Stable: of equal ages the deepest stays first.
  return judged.sort((left, right) => compareAges(left.age, right.age));
}

function compareAges(left: number, right: number): number {
  return left === right ? 0 : right > left ? 1 : -1;
}
