import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { WireError } from '#shared/errors/app-error.ts';
import type { HostReply, StreamFrame } from './host-protocol.ts';

/** Collects what all streams say in one turn of the event loop and sends it as one message. */
export class EventOutbox {
  readonly #send: (reply: HostReply) => void;
  #frames = new Map<number, StreamFrame>();

  constructor(send: (reply: HostReply) => void) {
    this.#send = send;
  }

  push(stream: number, event: GenerationEvent): void {
    this.#frameOf(stream).events.push(event);
  }

  end(stream: number, end: 'done' | WireError): void {
    this.#frameOf(stream).end = end;
  }

  #frameOf(stream: number): StreamFrame {
    // A tick runs when all promises that are due have: each stream has then said what it has to say.
    if (this.#frames.size === 0) process.nextTick(() => this.#flush());
    let frame = this.#frames.get(stream);
    if (!frame) this.#frames.set(stream, (frame = { id: stream, events: [] }));
    return frame;
  }

  #flush(): void {
    const frames = [...this.#frames.values()];
    this.#frames = new Map();
    this.#send({ type: 'frames', frames });
  }
}
