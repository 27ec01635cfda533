import { AppError } from '../../errors/app-error.ts';
import { envelopeSchema, streamMessageSchema, type Envelope, type StreamMessage } from './control-transport.ts';

/** `raw` as an envelope; anything else becomes a failure that names the command. */
export function readEnvelope(name: string, raw: unknown): Envelope {
  const envelope = envelopeSchema.safeParse(raw);
  return envelope.success ? envelope.data : { ok: false, error: noMessage(name).toWire() };
}

/** `raw` as a stream message; anything else ends the stream with an error that names the channel. */
export function readStreamMessage(name: string, raw: unknown): StreamMessage {
  const message = streamMessageSchema.safeParse(raw);
  return message.success ? message.data : { type: 'error', error: noMessage(name).toWire() };
}

function noMessage(name: string): AppError {
  return new AppError('internal', `${name}: what came is no message of the control contract.`, {
    hint: 'Another program may answer at this address, or the versions differ: restart Impetus.',
  });
}
