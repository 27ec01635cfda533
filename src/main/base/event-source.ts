/** An async iterable that can also hand its values over without a promise for each. */
export interface EventSource<Value> extends AsyncIterable<Value> {
  /**
   * Calls `onValue` with each value, in the turn of the event loop it comes in; a promise that it gives back is waited
   * for before the next. Resolves at the end. Rejects with the failure, or with what `onValue` throws: that leaves the
   * source, as `break` leaves a loop. For one reader, and once.
   */
  forEach(onValue: ValueListener<Value>): Promise<void>;
}

/** What it throws ends the reading. */
export type ValueListener<Value> = (value: Value) => Promise<void> | undefined;

/** Reads any async iterable to its end, by the short way where it has one. */
export function forEachValue<Value>(source: AsyncIterable<Value>, onValue: ValueListener<Value>): Promise<void> {
  return isEventSource(source) ? source.forEach(onValue) : iterate(source, onValue);
}

async function iterate<Value>(source: AsyncIterable<Value>, onValue: ValueListener<Value>): Promise<void> {
  for await (const value of source) {
    const taken = onValue(value);
    if (taken) await taken;
  }
}

function isEventSource<Value>(source: AsyncIterable<Value>): source is EventSource<Value> {
  return 'forEach' in source && typeof source.forEach === 'function';
}
