import { isSignalName } from '#shared/control/contract.ts';
import type { ControlEndpoint, StreamMessage } from '#shared/control/transports/control-transport.ts';
import { toAppError } from '#shared/errors/app-error.ts';

export interface SubscriptionRequest {
  name: string;
  payload: unknown;
}

/**
 * Serves one subscription of a message carrier (Electron IPC): a signal or a channel of `endpoint` as `StreamMessage`s
 * given to `post`. Returns what cancels it; nothing is posted afterwards. Never throws.
 */
export function openSubscription(
  endpoint: ControlEndpoint,
  { name, payload }: SubscriptionRequest,
  post: (message: StreamMessage) => void,
): () => void {
  const leaving = new AbortController();
  const send = (message: StreamMessage) => {
    if (!leaving.signal.aborted) post(message);
  };
  if (isSignalName(name)) {
    const unsubscribe = endpoint.subscribe(name, (value) => send({ type: 'next', value }));
    leaving.signal.addEventListener('abort', unsubscribe);
  } else {
    void pump(() => endpoint.open(name, payload, leaving.signal), send);
  }
  return () => leaving.abort();
}

async function pump(open: () => AsyncIterable<unknown>, send: (message: StreamMessage) => void): Promise<void> {
  try {
    for await (const value of open()) send({ type: 'next', value });
    send({ type: 'end' });
  } catch (error) {
    send({ type: 'error', error: toAppError(error).toWire() });
  }
}
