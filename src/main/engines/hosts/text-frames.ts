import type { HostReply } from './host-protocol.ts';

type Fields = Record<string, unknown>;

/**
 * True for the message that comes with every token: frames that hold nothing but text. Checks by hand what the schema
 * would, because it runs between two steps of the model, with cold caches, where the schema costs tens of microseconds.
 */
export function isTextFrames(message: unknown): message is Extract<HostReply, { type: 'frames' }> {
  const { type, frames } = toFields(message);
  return type === 'frames' && Array.isArray(frames) && frames.every(isTextFrame);
}

function isTextFrame(value: unknown): boolean {
  const { id, events, end } = toFields(value);
  return end === undefined && isWhole(id) && id >= 1 && Array.isArray(events) && events.every(isTextDelta);
}

function isTextDelta(value: unknown): boolean {
  const { type, text, tokens } = toFields(value);
  return type === 'text-delta' && typeof text === 'string' && Array.isArray(tokens) && tokens.every(isWhole);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
