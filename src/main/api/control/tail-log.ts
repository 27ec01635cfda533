import type { LogEntry } from '#shared/domain/log-entry.ts';
import type { LogFeed } from '../../base/index.ts';
import { pause } from './pause.ts';

/** New entries are gathered for so long, in ms. */
const batchMs = 100;
/** A reader slower than this many entries misses the oldest of them. */
const mostWaiting = 1000;

export interface TailOptions {
  /** How many of the newest entries come first. */
  backlog: number;
  abort: AbortSignal;
}

/** The newest entries at once, then new ones in batches, until aborted. */
export async function* tailLog(
  feed: LogFeed,
  { backlog, abort }: TailOptions,
): AsyncGenerator<LogEntry[], void, undefined> {
  let waiting = backlog === 0 ? [] : feed.recent(backlog);
  let wake = () => {};
  const unsubscribe = feed.subscribe((entry) => {
    waiting.push(entry);
    if (waiting.length > mostWaiting) waiting.shift();
    wake();
  });
  const onAbort = () => wake();
  abort.addEventListener('abort', onAbort);
  try {
    while (!abort.aborted) {
      if (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        yield batch;
        await pause(batchMs, abort);
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    abort.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}
