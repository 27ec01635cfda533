export interface Crash {
  /** Monotonic ms. */
  at: number;
  /** The file was being loaded or run; false when the engine's process did not even start. */
  blamesFile: boolean;
}

export type RestartVerdict = { action: 'start'; delayMs: number } | { action: 'refuse'; retryAfterMs: number };

/** Waits after the first crash and the second; what follows them is the refusal. A child stands ready for the first. */
const backOffMs = [0, 1000] as const;
const longestBackOffMs = 2000;

export const mostCrashes = 3;
/** Three crashes within this time stop the restarts until it has passed. */
const restartWindowMs = 5 * 60_000;
/** Three crashes by the same file within this time put it in quarantine. */
const quarantineWindowMs = 60 * 60_000;

/** Whether and when a model that crashed may start again. */
export function judgeRestart(crashes: readonly Crash[], now: number): RestartVerdict {
  const recent = crashes.filter(({ at }) => now - at < restartWindowMs);
  const last = recent.at(-1);
  if (!last) return { action: 'start', delayMs: 0 };
  if (recent.length >= mostCrashes) {
    const blocking = recent.at(-mostCrashes) ?? last;
    return { action: 'refuse', retryAfterMs: blocking.at + restartWindowMs - now };
  }
  const backOff = Math.min(backOffMs[recent.length - 1] ?? longestBackOffMs, longestBackOffMs);
  return { action: 'start', delayMs: Math.max(0, last.at + backOff - now) };
}

/** True after three crashes by the file within an hour. */
export function shouldQuarantine(crashes: readonly Crash[], now: number): boolean {
  return crashes.filter(({ at, blamesFile }) => blamesFile && now - at < quarantineWindowMs).length >= mostCrashes;
}
