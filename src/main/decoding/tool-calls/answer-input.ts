/**
 * The unread part of an answer. Readers are generators: they `yield` when they cannot decide with what has come so far
 * and are resumed when more came or the answer is over, so that they read the same however the answer was cut.
 */
export class AnswerInput {
  #text = '';
  #position = 0;
  #isEnded = false;
  #hasRunOut = false;
  #recorded: string | undefined;

  push(text: string): void {
    this.#text = this.#text.slice(this.#position) + text;
    this.#position = 0;
  }

  end(): void {
    this.#isEnded = true;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Asked where a reader needs more than has come. */
  get canGrow(): boolean {
    if (this.#isEnded) this.#hasRunOut = true;
    return !this.#isEnded;
  }

  /** A reader needed more when the answer was over. */
  get hasRunOut(): boolean {
    return this.#hasRunOut;
  }

  get isEmpty(): boolean {
    return this.#position === this.#text.length;
  }

  get available(): number {
    return this.#text.length - this.#position;
  }

  /** The unit `offset` behind the position; '' where nothing has come yet. */
  peek(offset = 0): string {
    return this.#text.charAt(this.#position + offset);
  }

  startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#position);
  }

  /** True when everything from `offset` on is a beginning of the text. */
  isBeginningOf(text: string, offset = 0): boolean {
    return text.startsWith(this.#text.slice(this.#position + offset));
  }

  /** Distance to the text; -1 where it has not come. */
  find(text: string): number {
    const index = this.#text.indexOf(text, this.#position);
    return index < 0 ? -1 : index - this.#position;
  }

  take(length: number): string {
    const text = this.#text.slice(this.#position, this.#position + length);
    this.#position += text.length;
    if (this.#recorded !== undefined) this.#recorded += text;
    return text;
  }

  /** From here on, and with `before` in front, what is read is kept, so that it can be read again. */
  record(before = ''): void {
    this.#recorded = before;
  }

  get recorded(): string {
    return this.#recorded ?? '';
  }

  /** Ends the recording. */
  forget(): void {
    this.#recorded = undefined;
  }

  /** Ends the recording and makes everything recorded unread again. */
  rewind(): void {
    this.#text = this.recorded + this.#text.slice(this.#position);
    this.#position = 0;
    this.#recorded = undefined;
  }
}

/** A step of reading: yields while it needs more input. */
export type Reading<T> = Generator<undefined, T, undefined>;

/** True when the text comes next; it is then read. */
export function* accept(input: AnswerInput, text: string): Reading<boolean> {
  while (input.available < text.length && input.isBeginningOf(text) && input.canGrow) yield;
  if (!input.startsWith(text)) return false;
  input.take(text.length);
  return true;
}

/** The first of the texts that comes next, the longest where several do; it is then read. */
export function* acceptOne(input: AnswerInput, texts: readonly string[]): Reading<string | undefined> {
  for (const text of [...texts].sort((a, b) => b.length - a.length)) {
    if (yield* accept(input, text)) return text;
  }
  return undefined;
}

/** Like `accept`, but the expected text's white space, and the gap between two tags, match any white space or none. */
export function* acceptLoosely(input: AnswerInput, text: string): Reading<boolean> {
  for (const word of text.split(/\s+|(?<=>)(?=<)/)) {
    yield* skipSpace(input);
    if (word !== '' && !(yield* accept(input, word))) return false;
  }
  return true;
}

export function* skipSpace(input: AnswerInput): Reading<void> {
  for (;;) {
    while (isSpace(input.peek())) input.take(1);
    if (!input.isEmpty || input.isEnded) return;
    yield;
  }
}

/** The next unit without reading it; '' at the end of the answer. */
export function* peekUnit(input: AnswerInput): Reading<string> {
  while (input.isEmpty && input.canGrow) yield;
  return input.peek();
}

export interface Until {
  texts: readonly string[];
  /** Gets the text in front, as soon as it is certain that none of the texts begins in it. */
  onText: (text: string) => void;
}

/** Reads up to and including the first of the texts; undefined when the answer ends before. */
export function* readUntil(input: AnswerInput, { texts, onText }: Until): Reading<string | undefined> {
  for (;;) {
    const found = findFirst(input, texts);
    const certain = found && !(yield* mayGrow(input, texts, found)) ? found : undefined;
    if (certain) {
      if (certain.distance > 0) onText(input.take(certain.distance));
      return input.take(certain.text.length);
    }
    if (found) continue;
    const held = input.isEnded ? 0 : heldLength(input, texts);
    const free = input.available - held;
    if (free > 0) onText(input.take(free));
    if (!input.canGrow) return undefined;
    yield;
  }
}

export function isSpace(unit: string): boolean {
  return unit === ' ' || unit === '\n' || unit === '\t' || unit === '\r';
}

interface Found {
  text: string;
  distance: number;
}

/** The text that begins first; of those, the longest. */
function findFirst(input: AnswerInput, texts: readonly string[]): Found | undefined {
  let best: Found | undefined;
  for (const text of texts) {
    const distance = input.find(text);
    if (distance < 0) continue;
    if (!best || distance < best.distance || (distance === best.distance && text.length > best.text.length)) {
      best = { text, distance };
    }
  }
  return best;
}

/** True after more input came because a longer text may still begin where, or before, the found one does. */
function* mayGrow(input: AnswerInput, texts: readonly string[], found: Found): Reading<boolean> {
  if (input.isEnded) return false;
  const end = input.available;
  const isOpen = texts.some((text) => {
    for (let distance = 0; distance <= found.distance; distance++) {
      const isLonger = distance < found.distance || text.length > found.text.length;
      if (isLonger && distance + text.length > end && input.isBeginningOf(text, distance)) return true;
    }
    return false;
  });
  if (isOpen) yield;
  return isOpen;
}

/** Units at the end that may be the beginning of one of the texts. */
function heldLength(input: AnswerInput, texts: readonly string[]): number {
  const longest = Math.max(0, ...texts.map((text) => text.length - 1));
  for (let length = Math.min(longest, input.available); length > 0; length--) {
    const distance = input.available - length;
    if (texts.some((text) => text.length > length && input.isBeginningOf(text, distance))) return length;
  }
  return 0;
}
