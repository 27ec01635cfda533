import type { GenerationEvent } from '#shared/domain/generation.ts';
import { encodeEndLine, encodeEventLine, type StreamEnd } from './event-lines.ts';

/** Collects what all streams say in one turn of the event loop and sends it at once. */
export class EventOutbox {
  readonly #send: (lines: string) => void;
  #lines = '';
  readonly #flush = (): void => {
    const lines = this.#lines;
    this.#lines = '';
    this.#send(lines);
  };

  constructor(send: (lines: string) => void) {
    this.#send = send;
  }

  push(stream: number, event: GenerationEvent): void {
    this.#add(encodeEventLine(stream, event));
  }

  end(stream: number, end: StreamEnd): void {
    this.#add(encodeEndLine(stream, end));
  }

  #add(line: string): void {
    // A tick runs when all promises that are due have: each stream has then said what it has to say.
    if (this.#lines === '') process.nextTick(this.#flush);
    this.#lines += line;
  }
}
