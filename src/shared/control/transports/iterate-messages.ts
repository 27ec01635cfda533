import { AppError } from '../../errors/app-error.ts';
import type { StreamMessage } from './control-transport.ts';

/**
 * A pushed stream as one that is read. `start` begins it and returns what stops it; that is called once, when the
 * stream ends, fails, is aborted or is left. Abort throws `cancelled` at once, also past events already pushed.
 */
export async function* iterateMessages(
  start: (push: (message: StreamMessage) => void) => () => void,
  abort: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  if (abort.aborted) throw cancelled();
  const messages: StreamMessage[] = [];
  let wake = () => {};
  const onAbort = () => wake();
  abort.addEventListener('abort', onAbort);
  const stop = start((message) => {
    messages.push(message);
    wake();
  });
  try {
    for (;;) {
      if (abort.aborted) throw cancelled();
      const message = messages.shift();
      if (message === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (message.type === 'next') yield message.value;
      else if (message.type === 'end') return;
      else throw AppError.fromWire(message.error);
    }
  } finally {
    abort.removeEventListener('abort', onAbort);
    stop();
  }
}

/** What an aborted channel throws, whatever carries it. */
export function cancelled(): AppError {
  return new AppError('cancelled', 'The request was cancelled.');
}
