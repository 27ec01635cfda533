import { useCallback, useSyncExternalStore } from 'react';
import type { SignalName, SignalValue } from '#shared/control/contract.ts';
import type { Connection } from './connection-store.ts';
import { useControl } from './control-context.ts';
import type { RateHistory } from './rate-history.ts';

/** The newest value of a signal; undefined until the first one arrived. */
export function useSignal<Name extends SignalName>(name: Name): SignalValue<Name> | undefined {
  const { signals } = useControl();
  const subscribe = useCallback((listener: () => void) => signals.subscribe(name, listener), [signals, name]);
  return useSyncExternalStore(subscribe, () => signals.get(name));
}

/** How the line to the server stands. */
export function useConnection(): Connection {
  const { connection } = useControl();
  const subscribe = useCallback((listener: () => void) => connection.subscribe(listener), [connection]);
  return useSyncExternalStore(subscribe, () => connection.get());
}

/** Token rates of the last two minutes, one per second. */
export function useRateHistory(): RateHistory {
  const { rates } = useControl();
  const subscribe = useCallback((listener: () => void) => rates.subscribe(listener), [rates]);
  return useSyncExternalStore(subscribe, () => rates.get());
}
