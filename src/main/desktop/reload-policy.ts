const windowMs = 60_000;
const mostReloads = 3;

/**
 * Whether a page whose process is gone is loaded again: three times within a minute, then the user is told. `history`
 * holds the times of earlier reloads in ms.
 */
export function shouldReload(history: readonly number[], nowMs: number): boolean {
  return history.filter((time) => nowMs - time < windowMs).length < mostReloads;
}
