import { generationEventSchema, type GenerationEvent } from '#shared/domain/generation.ts';
import { wireErrorSchema, type WireError } from '#shared/errors/app-error.ts';

/** How a stream ended. */
export type StreamEnd = 'done' | WireError;

/** Who takes what the lines say. */
export interface LineListener {
  onEvent(stream: number, event: GenerationEvent): void;
  onEnd(stream: number, end: StreamEnd): void;
}

/*
 * One line for each event of a stream:
 *
 *   7 12,345 " word"      text and the tokens it came from: what comes with every token
 *   7 {"type":"start",…}  any other event
 *   7 done                the end
 *   7 failed {…}          the end, with its error
 */

export function encodeEventLine(stream: number, event: GenerationEvent): string {
  if (!isPlainText(event)) return `${stream} ${JSON.stringify(event)}\n`;
  return `${stream} ${event.tokens.join(',')} ${JSON.stringify(event.text)}\n`;
}

export function encodeEndLine(stream: number, end: StreamEnd): string {
  return end === 'done' ? `${stream} done\n` : `${stream} failed ${JSON.stringify(end)}\n`;
}

/** Text without anything that only some requests ask for. */
function isPlainText(event: GenerationEvent): event is Extract<GenerationEvent, { type: 'text-delta' }> {
  if (event.type !== 'text-delta') return false;
  let fields = 0;
  for (const _ in event) fields++;
  return fields === 3;
}

/**
 * Reads whole lines. Throws on the first that is none of these; the listener has those before it. Text is checked by
 * hand and the rest by its schema: this runs between two steps of the model, with cold caches, where a schema costs
 * tens of microseconds.
 */
export function readEventLines(text: string, listener: LineListener): void {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const gap = text.indexOf(' ', at);
    if (end === -1 || gap === -1 || gap > end) throw new Error('A line without a stream.');
    readLine(toWhole(text.slice(at, gap)), text.slice(gap + 1, end), listener);
    at = end + 1;
  }
}

function readLine(stream: number, said: string, listener: LineListener): void {
  if (said.charCodeAt(0) <= lastOfText) listener.onEvent(stream, readText(said));
  else if (said.startsWith('{')) listener.onEvent(stream, generationEventSchema.parse(JSON.parse(said)));
  else if (said === 'done') listener.onEnd(stream, 'done');
  else if (said.startsWith(failed)) listener.onEnd(stream, readError(said.slice(failed.length)));
  else throw new Error('A line that says nothing.');
}

/** Text begins with the first digit of a token or, where there is none, with a space. */
const lastOfText = '9'.charCodeAt(0);

const failed = 'failed ';

function readError(json: string): WireError {
  return wireErrorSchema.parse(JSON.parse(json));
}

function readText(said: string): GenerationEvent {
  const gap = said.indexOf(' ');
  const tokens = said.slice(0, gap);
  return { type: 'text-delta', text: readString(said.slice(gap + 1)), tokens: readTokens(tokens) };
}

function readTokens(list: string): number[] {
  if (list === '') return [];
  return list.includes(',') ? list.split(',').map(toWhole) : [toWhole(list)];
}

function toWhole(digits: string): number {
  const value = Number(digits);
  if (digits === '' || !Number.isSafeInteger(value)) throw new Error('A number that is none.');
  return value;
}

/** A text as JSON; most hold nothing that was escaped. */
function readString(quoted: string): string {
  const isPlain = quoted.indexOf('"', 1) === quoted.length - 1 && quoted.startsWith('"') && !quoted.includes('\\');
  if (isPlain && quoted.length > 1) return quoted.slice(1, -1);
  const value: unknown = JSON.parse(quoted);
  if (typeof value !== 'string') throw new Error('A text that is none.');
  return value;
}
