export interface EvictionCandidate {
  id: string;
  isInUse: boolean;
  /** The user keeps it loaded for ever; it goes last. */
  isPinned: boolean;
  /** Monotonic ms. */
  lastUsedAt: number;
}

/** The model to unload when memory is needed: idle, unpinned before pinned, longest unused first. */
export function chooseVictim(candidates: readonly EvictionCandidate[]): string | undefined {
  return candidates
    .filter(({ isInUse }) => !isInUse)
    .toSorted((a, b) => Number(a.isPinned) - Number(b.isPinned) || a.lastUsedAt - b.lastUsedAt)[0]?.id;
}
