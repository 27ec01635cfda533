import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { isChannelName, isSignalName } from '#shared/control/contract.ts';
import type { ControlEndpoint, Envelope, StreamMessage } from '#shared/control/transports/control-transport.ts';
import { isLargerThan, largestPayload } from './payload-size.ts';

/** Who sent a message, as far as Electron can tell. */
export interface Sender {
  /** Made by `createSecureWindow`. */
  isOwnWindow: boolean;
  isMainFrame: boolean;
  isOwnPage: boolean;
}

/** One end of a message channel: Electron's `MessagePortMain` and Node's `MessagePort` alike. */
export interface RelayPort {
  postMessage(message: unknown): void;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** More open subscriptions than any page of ours needs; a runaway page gets an error instead of the server's memory. */
const mostSubscriptions = 64;

/**
 * Carries what the page sends to the control endpoint: who sent it first, then size, then the endpoint, which checks
 * name and shape. Nothing is thrown across the border.
 */
export function createControlRelay(endpoint: ControlEndpoint): ControlRelay {
  const open = new Set<RelayPort>();

  async function invoke(sender: Sender, name: unknown, payload: unknown): Promise<Envelope> {
    const refusal = refuse(sender, name, payload);
    if (refusal) return { ok: false, error: refusal.toWire() };
    try {
      return await endpoint.invoke(name as string, payload);
    } catch (error) {
      return { ok: false, error: toAppError(error).toWire() };
    }
  }

  function subscribe(sender: Sender, port: RelayPort, request: unknown): void {
    const { name, payload } = (request ?? {}) as { name?: unknown; payload?: unknown };
    const refusal = refuse(sender, name, payload) ?? (open.size >= mostSubscriptions ? tooMany() : undefined);
    if (refusal) {
      port.postMessage({ type: 'error', error: refusal.toWire() });
      return port.close();
    }
    open.add(port);
    relay({ endpoint, name: name as string, payload, port, onEnd: () => open.delete(port) });
  }

  return { invoke, subscribe };
}

export interface ControlRelay {
  invoke(sender: Sender, name: unknown, payload: unknown): Promise<Envelope>;
  subscribe(sender: Sender, port: RelayPort, request: unknown): void;
}

function refuse(sender: Sender, name: unknown, payload: unknown): AppError | undefined {
  if (!sender.isOwnWindow || !sender.isMainFrame || !sender.isOwnPage) {
    return new AppError('forbidden-origin', 'Only a page of Impetus itself may use the control channel.');
  }
  if (typeof name !== 'string') return new AppError('invalid-request', 'The name of a control call is a text.');
  if (isLargerThan(payload, largestPayload)) {
    return new AppError('body-too-large', `The payload of "${name.slice(0, 100)}" is larger than 64 MiB.`, {
      hint: 'Send less at once.',
    });
  }
  return undefined;
}

function tooMany(): AppError {
  return new AppError('queue-full', `This window has ${mostSubscriptions} open subscriptions.`, {
    hint: 'Close some, or reload the window.',
  });
}

interface RelayWork {
  endpoint: ControlEndpoint;
  name: string;
  payload: unknown;
  port: RelayPort;
  onEnd: () => void;
}

/** Closing the port, as a reload or the page's own unsubscribe does, cancels the work behind the subscription. */
function relay({ endpoint, name, payload, port, onEnd }: RelayWork): void {
  const leaving = new AbortController();
  const end = () => {
    leaving.abort();
    onEnd();
  };
  const send = (message: StreamMessage) => {
    if (leaving.signal.aborted) return;
    port.postMessage(message);
    if (message.type === 'next') return;
    end();
    port.close();
  };
  port.on('close', end);
  port.start();
  if (isSignalName(name)) {
    const unsubscribe = endpoint.subscribe(name, (value) => send({ type: 'next', value }));
    leaving.signal.addEventListener('abort', unsubscribe);
  } else if (isChannelName(name)) void relayChannel(() => endpoint.open(name, payload, leaving.signal), send);
  else send({ type: 'error', error: unknownName(name).toWire() });
}

async function relayChannel(open: () => AsyncIterable<unknown>, send: (message: StreamMessage) => void): Promise<void> {
  try {
    for await (const value of open()) send({ type: 'next', value });
    send({ type: 'end' });
  } catch (error) {
    send({ type: 'error', error: toAppError(error).toWire() });
  }
}

function unknownName(name: string): AppError {
  return new AppError('not-found', `The control contract has no channel or signal "${name.slice(0, 100)}".`);
}
