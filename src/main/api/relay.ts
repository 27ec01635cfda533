import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError, isAppError, toAppError } from '#shared/errors/app-error.ts';
import { forEachValue } from '../base/index.ts';
import type { EventStream } from './event-stream.ts';
import type { Exchange } from './exchange.ts';

export type FinishEvent = Extract<GenerationEvent, { type: 'finish' }>;

/** How a dialect writes a stream: texts ready to be sent. */
export interface StreamWords {
  /** Undefined for events that the dialect does not show. */
  encode(event: GenerationEvent, choice: number): string | undefined;
  encodeFinish(finish: FinishEvent, choice: number): string;
  /** After the last choice has ended. */
  encodeEnd(finishes: readonly FinishEvent[]): string;
  encodeError(error: AppError): string;
  /** Sent while nothing happens; a comment where the dialect has no words for it. */
  encodeKeepAlive?(): string;
}

export interface RelayOptions {
  exchange: Exchange;
  words: StreamWords;
  /** Called once, when nothing can be answered with a status of its own any more. */
  openStream: () => EventStream;
}

/** Errors within this time still get a status of their own; after it the stream opens and they become events. */
const patienceMs = 800;

/**
 * Sends the events of one or more generations, one per choice, as they come. Throws what fails before the stream is
 * open; later failures are events of the stream. Answers how the generations ended; nothing when one failed.
 */
export async function relay(
  runs: readonly AsyncIterable<GenerationEvent>[],
  options: RelayOptions,
): Promise<FinishEvent[]> {
  const { exchange, words } = options;
  const pumps = runs.map((run, choice) => new Pump(run, choice, options));
  try {
    await settleWithin(Promise.all(pumps.map(({ begun }) => begun)), patienceMs);
  } catch (error) {
    exchange.abort(toAppError(error));
    for (const pump of pumps) pump.refuse(error);
    await Promise.allSettled(pumps.map(({ ended }) => ended));
    throw error;
  }
  const stream = options.openStream();
  try {
    for (const pump of pumps) pump.open(stream);
    const finishes = await Promise.all(pumps.map(({ ended }) => ended));
    await stream.send(words.encodeEnd(finishes));
    return finishes;
  } catch (thrown) {
    const error = toStreamError(thrown, exchange);
    exchange.notes.errorCode = error.code;
    exchange.abort(error);
    await stream.send(words.encodeError(error));
    return [];
  } finally {
    stream.end();
  }
}

/** Relays one generation to its end: one call and one write for an event, no promise. */
class Pump {
  /** Resolves at the first event; rejects with what comes in its place. */
  readonly begun: Promise<void>;
  readonly ended: Promise<FinishEvent>;
  readonly #choice: number;
  readonly #options: RelayOptions;
  readonly #opening = Promise.withResolvers<EventStream>();
  #stream: EventStream | undefined;
  #finish: FinishEvent | undefined;

  constructor(run: AsyncIterable<GenerationEvent>, choice: number, options: RelayOptions) {
    this.#choice = choice;
    this.#options = options;
    const beginning = Promise.withResolvers<void>();
    this.begun = beginning.promise;
    this.ended = this.#relay(run, beginning.resolve);
    // An error is seen in one of the two places, whichever is waited for.
    this.#opening.promise.catch(() => undefined);
    this.ended.then(() => beginning.resolve(), beginning.reject);
  }

  /** Lets the events through. */
  open(stream: EventStream): void {
    this.#stream = stream;
    this.#opening.resolve(stream);
  }

  /** Ends the generation if it has an event to show. */
  refuse(reason: unknown): void {
    this.#opening.reject(reason);
  }

  async #relay(run: AsyncIterable<GenerationEvent>, onBegun: () => void): Promise<FinishEvent> {
    await forEachValue(run, (event) => {
      if (this.#stream) return this.#send(event, this.#stream);
      onBegun();
      return this.#opening.promise.then((stream) => this.#send(event, stream));
    });
    if (this.#finish) return this.#finish;
    throw new AppError('internal', 'The engine ended a generation without saying why.');
  }

  #send(event: GenerationEvent, stream: EventStream): Promise<void> | undefined {
    const { words, exchange } = this.#options;
    exchange.signal.throwIfAborted();
    if (event.type === 'finish') {
      this.#finish = event;
      return stream.send(words.encodeFinish(event, this.#choice));
    }
    const frame = words.encode(event, this.#choice);
    return frame === undefined ? undefined : stream.send(frame);
  }
}

/** Whoever stopped the work knows why; the work itself only knows that it was stopped. */
function toStreamError(thrown: unknown, { signal }: Exchange): AppError {
  const error = toAppError(thrown);
  return error.code === 'cancelled' && isAppError(signal.reason) ? signal.reason : error;
}

/** Resolves when the work is done or the time is over, whatever comes first; rejects when the work fails before. */
async function settleWithin(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
