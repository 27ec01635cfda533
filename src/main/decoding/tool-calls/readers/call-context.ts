import { acceptLoosely, type AnswerInput, type Reading, skipSpace } from '../answer-input.ts';
import type { CallWriter } from '../call-writer.ts';

/** What a reader works on. Its strings are in the answer's alphabet (see `ControlAlphabet`). */
export interface CallContext {
  input: AnswerInput;
  writer: CallWriter;
  /** Back from the answer's alphabet to text. */
  decode: (text: string) => string;
}

const longestHeader = 512;

/** A call is over and done: what follows cannot spoil it any more. */
export function completeCall({ input, writer }: CallContext): void {
  writer.endCall();
  input.record();
}

/** Reads the marker, white space aside; leaves everything unread where something else stands. */
export function* acceptAfterCall({ input }: CallContext, marker: string): Reading<boolean> {
  if (marker.trim() === '') return true;
  if (yield* acceptLoosely(input, marker)) {
    input.record();
    return true;
  }
  input.rewind();
  input.record();
  return false;
}

/**
 * The text up to the first of the stops, which stays unread; undefined where it would be too long for a header or
 * breaks into a new line.
 */
export function* readHeader({ input }: CallContext, stops: readonly string[]): Reading<string | undefined> {
  for (;;) {
    const distances = stops.map((stop) => input.find(stop)).filter((distance) => distance >= 0);
    const lineBreak = input.find('\n');
    const distance = Math.min(...distances);
    if (distances.length > 0 && distance <= longestHeader) {
      return lineBreak >= 0 && lineBreak < distance ? undefined : input.take(distance);
    }
    const isOpenAtLineBreak = lineBreak < 0 || stops.some((stop) => input.isBeginningOf(stop, lineBreak));
    if (input.available > longestHeader || !isOpenAtLineBreak || !input.canGrow) return undefined;
    yield;
  }
}

/** True when the text comes next, white space aside; only that white space is read. */
export function* comesNext({ input }: CallContext, text: string): Reading<boolean> {
  yield* skipSpace(input);
  while (input.available < text.length && input.isBeginningOf(text) && input.canGrow) yield;
  return input.startsWith(text);
}
