import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError, type AppError as AppErrorType } from '#shared/errors/app-error.ts';
import { EventQueue } from '../../base/index.ts';
import { streamWindow, type StreamFrame } from './host-protocol.ts';

/** So many events are read before the child hears of it: few messages, and the window never runs dry. */
const creditStep = streamWindow / 4;

/** What has arrived of one stream and was not read yet: at most `streamWindow` events. */
export class ChildStream {
  readonly #queue = new EventQueue<GenerationEvent>();
  #isEnded = false;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  receive({ events, end }: StreamFrame): void {
    for (const event of events) this.#queue.push(event);
    if (end === undefined) return;
    this.#isEnded = true;
    if (end === 'done') this.#queue.end();
    else this.#queue.fail(AppError.fromWire(end));
  }

  fail(error: AppErrorType): void {
    this.#isEnded = true;
    this.#queue.fail(error);
  }

  /** Events in order; `grant` is called with how many were taken since it was called last. */
  async *read(grant: (count: number) => void): AsyncGenerator<GenerationEvent, void, undefined> {
    let taken = 0;
    for await (const event of this.#queue) {
      yield event;
      if (++taken < creditStep) continue;
      grant(taken);
      taken = 0;
    }
  }
}
