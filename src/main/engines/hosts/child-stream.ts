import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { EventQueue, type EventSource, type ValueListener } from '../../base/index.ts';
import type { StreamEnd } from './event-lines.ts';
import { streamWindow } from './host-protocol.ts';

/** So many events are read before the child hears of it: few messages, and the window never runs dry. */
const creditStep = streamWindow / 4;

export interface ChildStreamOptions {
  /** The reader took that many events since the last call. */
  onTaken: (count: number) => void;
  /** The reader is done, or left early. */
  onLeave: () => void;
}

/** What has arrived of one stream and was not read yet: at most `streamWindow` events. */
export class ChildStream
  implements AsyncIterableIterator<GenerationEvent, undefined, undefined>, EventSource<GenerationEvent>
{
  readonly #options: ChildStreamOptions;
  readonly #queue: EventQueue<GenerationEvent>;
  readonly #reader: AsyncIterableIterator<GenerationEvent, undefined, undefined>;
  #taken = 0;
  #isEnded = false;

  constructor(options: ChildStreamOptions) {
    this.#options = options;
    this.#queue = new EventQueue(options.onLeave);
    this.#reader = this.#queue[Symbol.asyncIterator]();
  }

  /** The child has said its last word on this stream, or nobody waits for it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get unreadEvents(): number {
    return this.#queue.size;
  }

  receive(event: GenerationEvent): void {
    this.#queue.push(event);
  }

  end(end: StreamEnd): void {
    this.#isEnded = true;
    if (end === 'done') this.#queue.end();
    else this.#queue.fail(AppError.fromWire(end));
  }

  fail(error: AppError): void {
    this.#isEnded = true;
    this.#queue.fail(error);
  }

  next(): Promise<IteratorResult<GenerationEvent, undefined>> {
    this.#countTaken();
    return this.#reader.next();
  }

  forEach(onValue: ValueListener<GenerationEvent>): Promise<void> {
    return this.#queue.forEach((event) => {
      this.#countTaken();
      return onValue(event);
    });
  }

  async return(): Promise<IteratorResult<GenerationEvent, undefined>> {
    return (await this.#reader.return?.()) ?? { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #countTaken(): void {
    if (++this.#taken < creditStep) return;
    this.#options.onTaken(this.#taken);
    this.#taken = 0;
  }
}
