import { toAppError } from '../../errors/app-error.ts';
import type { ControlTransport } from './control-transport.ts';
import { iterateMessages } from './iterate-messages.ts';
import { readEnvelope, readStreamMessage } from './read-message.ts';

/**
 * What the preload script exposes: plain data in, plain data out. `invoke` answers an `Envelope`. `subscribe` carries
 * channels and signals alike: each message is a `StreamMessage`, and the returned function cancels the work behind it.
 */
export interface ControlCarrier {
  invoke(name: string, payload: unknown): Promise<unknown>;
  subscribe(name: string, payload: unknown, onMessage: (message: unknown) => void): () => void;
}

/** The contract over Electron IPC. Both ends live and die together, so the connection counts as online. */
export function createIpcTransport(carrier: ControlCarrier): ControlTransport {
  const closing = new AbortController();
  return {
    async invoke(name, input) {
      try {
        return readEnvelope(name, await carrier.invoke(name, input));
      } catch (error) {
        return { ok: false, error: toAppError(error).toWire() };
      }
    },
    open(name, input, abort) {
      return iterateMessages(
        (push) => carrier.subscribe(name, input, (raw) => push(readStreamMessage(name, raw))),
        AbortSignal.any([abort, closing.signal]),
      );
    },
    subscribe(name, listener) {
      const unsubscribe = carrier.subscribe(name, {}, (raw) => {
        const message = readStreamMessage(name, raw);
        if (message.type === 'next') listener(message.value);
      });
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
