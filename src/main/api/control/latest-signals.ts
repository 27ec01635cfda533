import { signals } from '#shared/control/contract.ts';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import type { SignalMessage } from '#shared/control/transports/signal-stream.ts';

/** Every signal of the contract as one stream. A slow reader gets the newest value of each, never a backlog. */
export async function* readLatestSignals(
  endpoint: ControlEndpoint,
  abort: AbortSignal,
): AsyncGenerator<SignalMessage, void, undefined> {
  const latest = new Map<string, unknown>();
  let wake = () => {};
  const stops = Object.keys(signals).map((name) =>
    endpoint.subscribe(name, (value) => {
      latest.set(name, value);
      wake();
    }),
  );
  const onAbort = () => wake();
  abort.addEventListener('abort', onAbort);
  try {
    while (!abort.aborted) {
      const [next] = latest;
      if (next) {
        latest.delete(next[0]);
        yield { signal: next[0], value: next[1] };
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    abort.removeEventListener('abort', onAbort);
    for (const stop of stops) stop();
  }
}
