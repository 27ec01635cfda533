/**
 * Limits how often `deliver` runs: at once when the last run is `intervalMs` ago, else once at the end of the interval,
 * however many changes fell into it. So the last change is never lost.
 */
export function coalesce(deliver: () => void, intervalMs: number): { changed: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const run = () => {
    isDue = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) run();
    }, intervalMs);
    deliver();
  };
  return {
    changed() {
      if (timer) isDue = true;
      else run();
    },
    stop() {
      isDue = false;
      clearTimeout(timer);
    },
  };
}
