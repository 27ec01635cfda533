import { z } from 'zod';
import { wireErrorSchema } from '../../errors/app-error.ts';

/** The answer to a command on the wire. Nothing is ever thrown across a process border. */
export const envelopeSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: wireErrorSchema }),
]);
export type Envelope = z.infer<typeof envelopeSchema>;

/** One message of a channel or a signal on the wire. Signals send `next` only; after `end` or `error` comes nothing. */
export const streamMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('next'), value: z.unknown() }),
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({ type: z.literal('error'), error: wireErrorSchema }),
]);
export type StreamMessage = z.infer<typeof streamMessageSchema>;

/**
 * Something that answers the contract in plain JSON-safe data: the router itself, or a transport to one. Names and
 * payloads are unchecked here; the router checks what comes in, the client what comes back.
 */
export interface ControlEndpoint {
  /** Never rejects: failures are `{ ok: false }`. */
  invoke(name: string, input: unknown): Promise<Envelope>;
  /**
   * Events of a channel. May throw an `AppError` at once (unknown name, input that does not fit), and throws one while
   * iterating when the work fails. Aborting, or leaving the loop, cancels the work behind it.
   */
  open(name: string, input: unknown, abort: AbortSignal): AsyncIterable<unknown>;
  /** The present value, then every change, until the returned function is called. */
  subscribe(name: string, listener: (value: unknown) => void): () => void;
}

/**
 * `connecting`: no answer yet. `online`: signals flow. `lost`: they stopped, it tries again by itself.
 * `unauthorized`: the server answers but does not let us in (it was restarted: open the UI again).
 */
export type ConnectionState = 'connecting' | 'online' | 'lost' | 'unauthorized';

/** A carrier of the control contract. */
export interface ControlTransport extends ControlEndpoint {
  /** Calls `listener` with the present state and then with each change; returns the unsubscribe function. */
  onConnectionChange(listener: (state: ConnectionState) => void): () => void;
  /** Ends every channel and subscription. Idempotent. */
  close(): void;
}
