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
  let open = 0;

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
    const refusal = refuse(sender, name, payload) ?? (open >= mostSubscriptions ? tooMany() : undefined);
    if (refusal) return finish(port, { type: 'error', error: refusal.toWire() });
    open += 1;
    port.on('close', () => (open -= 1));
    port.start();
    relay({ endpoint, name: name as string, payload, port });
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
}

function relay(work: RelayWork): void {
  const { endpoint, name, port } = work;
  if (isSignalName(name)) {
    const unsubscribe = endpoint.subscribe(name, (value) => send(port, { type: 'next', value }));
    port.on('close', unsubscribe);
  } else if (isChannelName(name)) void relayChannel(work);
  else finish(port, { type: 'error', error: unknownName(name).toWire() });
}

/** Closing the port, as a reload or the page's own unsubscribe does, cancels the work behind the channel. */
async function relayChannel({ endpoint, name, payload, port }: RelayWork): Promise<void> {
  const abort = new AbortController();
  port.on('close', () => abort.abort());
  try {
    for await (const value of endpoint.open(name, payload, abort.signal)) send(port, { type: 'next', value });
    finish(port, { type: 'end' });
  } catch (error) {
    finish(port, { type: 'error', error: toAppError(error).toWire() });
  }
}

function unknownName(name: string): AppError {
  return new AppError('not-found', `The control contract has no channel or signal "${name.slice(0, 100)}".`);
}

function send(port: RelayPort, message: StreamMessage): void {
  port.postMessage(message);
}

function finish(port: RelayPort, message: StreamMessage): void {
  send(port, message);
  port.close();
}
