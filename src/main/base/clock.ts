/** Time as an argument, so that tests own it. */
export interface Clock {
  /** Wall time in ms since 1970, for what people read. */
  now(): number;
  /** Ms since some start; never jumps when the wall clock is set. */
  monotonic(): number;
  /** Runs `callback` once after `milliseconds` (at least 0, any length); returns what cancels it. */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

/** Longest delay Node's timers take; longer ones are chained. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's clock. Its timers don't keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(milliseconds, callback) {
    let timer: NodeJS.Timeout;
    const arm = (remaining: number): void => {
      const delay = Math.min(Math.max(0, remaining), longestDelayMs);
      timer = setTimeout(() => (remaining > delay ? arm(remaining - delay) : callback()), delay);
      timer.unref();
    };
    arm(milliseconds);
    return () => clearTimeout(timer);
  },
};
