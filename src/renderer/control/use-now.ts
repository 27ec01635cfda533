import { useCallback, useSyncExternalStore } from 'react';

/** The clock, coarse enough that a second is the smallest step; views that show times left read it. */
export function useNow(stepMs = 1000): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const timer = setInterval(listener, stepMs);
      return () => clearInterval(timer);
    },
    [stepMs],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs);
}
