import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError, isAppError, toAppError } from '#shared/errors/app-error.ts';
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
  const iterators = runs.map((run) => run[Symbol.asyncIterator]());
  const beginnings = iterators.map((iterator) => iterator.next());
  try {
    await settleWithin(Promise.all(beginnings), patienceMs);
  } catch (error) {
    exchange.abort(toAppError(error));
    await Promise.allSettled(beginnings);
    throw error;
  }
  const stream = options.openStream();
  try {
    const finishes = await Promise.all(
      iterators.map((iterator, choice) => pump({ iterator, beginning: beginnings[choice], choice, stream, options })),
    );
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

interface Pump {
  iterator: AsyncIterator<GenerationEvent, unknown>;
  beginning: Promise<IteratorResult<GenerationEvent, unknown>> | undefined;
  choice: number;
  stream: EventStream;
  options: RelayOptions;
}

/** Relays one generation to its end. */
async function pump({ iterator, beginning, choice, stream, options }: Pump): Promise<FinishEvent> {
  const { words, exchange } = options;
  try {
    let step = await (beginning ?? iterator.next());
    while (step.done !== true) {
      const event = step.value;
      if (event.type === 'finish') {
        await stream.send(words.encodeFinish(event, choice));
        return event;
      }
      const frame = words.encode(event, choice);
      const drained = frame === undefined ? undefined : stream.send(frame);
      if (drained) await drained;
      exchange.signal.throwIfAborted();
      step = await iterator.next();
    }
    throw new AppError('internal', 'The engine ended a generation without saying why.');
  } finally {
    await iterator.return?.();
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
