/** A sequence that could take the next request. */
export interface SequenceOffer {
  id: number;
  heldTokens: number;
  /** Tokens at the beginning that the prompt shares with it. */
  commonTokens: number;
  /** Grows with each use; the smallest was used longest ago. */
  lastUsed: number;
}

/** What one more group of neighbouring sequence ids costs, in prompt tokens: a pass over the weights in every step. */
const groupCostTokens = 64;
/** Held tokens of another conversation are worth a quarter of tokens needed now: it may never come back. */
const foreignTokenWorth = 0.25;

/**
 * The sequence for a prompt. The longest common beginning wins when it saves more than it destroys: what the sequence
 * holds beyond it is lost, and ids that leave gaps among the busy ones make every step slower. Without a match: the
 * fewest gaps, then an empty sequence, then the one used longest ago.
 */
export function chooseSequence<Offer extends SequenceOffer>(
  offers: readonly Offer[],
  promptLength: number,
  busy: ReadonlySet<number>,
): Offer | undefined {
  const judged = offers.map((offer) => {
    const groups = busy.size === 0 ? 0 : countGroups(busy, offer.id) - countGroups(busy);
    return { offer, groups, worth: toWorth(offer, promptLength) - groupCostTokens * Math.max(0, groups) };
  });
  const matches = judged.filter(({ worth }) => worth > 0);
  if (matches.length > 0) return first(matches, (a, b) => b.worth - a.worth || a.offer.id - b.offer.id)?.offer;
  return first(
    judged,
    (a, b) =>
      a.groups - b.groups ||
      Number(a.offer.heldTokens > 0) - Number(b.offer.heldTokens > 0) ||
      a.offer.lastUsed - b.offer.lastUsed ||
      a.offer.id - b.offer.id,
  )?.offer;
}

/** A prompt that the sequence holds whole is the same conversation again: what follows it there is not foreign. */
function toWorth({ commonTokens, heldTokens }: SequenceOffer, promptLength: number): number {
  if (commonTokens >= promptLength - 1) return commonTokens;
  return commonTokens - foreignTokenWorth * (heldTokens - commonTokens);
}

/** Runs of consecutive ids; llama.cpp decodes each run in a pass of its own. */
function countGroups(busy: ReadonlySet<number>, added?: number): number {
  let groups = 0;
  for (const id of added === undefined ? busy : new Set([...busy, added])) {
    if (!busy.has(id - 1) && added !== id - 1) groups++;
  }
  return groups;
}

function first<Item>(items: readonly Item[], compare: (left: Item, right: Item) => number): Item | undefined {
  return [...items].sort(compare)[0];
}
