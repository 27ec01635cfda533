import type { ControlEndpoint, ControlTransport } from './control-transport.ts';

/**
 * Straight into an endpoint of the same process. Payloads go through JSON all the same, so nothing works here that
 * would fail over IPC or HTTP, and neither side can change the other's objects.
 */
export function createMemoryTransport(endpoint: ControlEndpoint): ControlTransport {
  const closing = new AbortController();
  return {
    invoke: async (name, input) => copy(await endpoint.invoke(name, copy(input))),
    async *open(name, input, abort) {
      const signal = AbortSignal.any([abort, closing.signal]);
      for await (const event of endpoint.open(name, copy(input), signal)) yield copy(event);
    },
    subscribe(name, listener) {
      const unsubscribe = endpoint.subscribe(name, (value) => listener(copy(value)));
      closing.signal.addEventListener('abort', unsubscribe, { once: true });
      return () => {
        closing.signal.removeEventListener('abort', unsubscribe);
        unsubscribe();
      };
    },
    onConnectionChange(listener) {
      listener('online');
      return () => undefined;
    },
    close: () => closing.abort(),
  };
}

function copy<Value>(value: Value): Value {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
}
