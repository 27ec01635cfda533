import type { GenerationEvent } from '#shared/domain/generation.ts';
import { pause } from './pause.ts';

/** One frame of a screen: text shown more often than that cannot be seen. */
const frameMs = 16;

export interface MergeOptions {
  /** Shortest time between two text events, in ms. Default 16. */
  intervalMs?: number;
  abort: AbortSignal;
}

type WrittenDelta = Extract<GenerationEvent, { type: 'text-delta' | 'reasoning-delta' }>;

/**
 * The same events in the same order with at most one event of text or thinking per frame, so that a window is not woken
 * for every token. The first text passes at once; a slow reader gets what came meanwhile as one event.
 */
export async function* mergeTextDeltas(
  start: (abort: AbortSignal) => AsyncIterable<GenerationEvent>,
  { intervalMs = frameMs, abort }: MergeOptions,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const leaving = new AbortController();
  const ended = new AbortController();
  const events: GenerationEvent[] = [];
  let wake = () => {};
  const reading = readInto(start(AbortSignal.any([abort, leaving.signal])), (event) => {
    append(events, event);
    wake();
  }).finally(() => {
    ended.abort();
    wake();
  });
  // Its failure is thrown below, when what came before it is read.
  reading.catch(() => undefined);
  try {
    for (;;) {
      const event = events.shift();
      if (event) yield event;
      else if (ended.signal.aborted) break;
      else await new Promise<void>((resolve) => (wake = resolve));
      if (event && isWritten(event)) await pause(intervalMs, ended.signal);
    }
    await reading;
  } finally {
    leaving.abort();
    await reading.catch(() => undefined);
  }
}

async function readInto(source: AsyncIterable<GenerationEvent>, take: (event: GenerationEvent) => void): Promise<void> {
  for await (const event of source) take(event);
}

/** Text behind text becomes one event; the list owns its text events, the source's stay as they are. */
function append(events: GenerationEvent[], event: GenerationEvent): void {
  const last = events.at(-1);
  if (!isWritten(event)) events.push(event);
  else if (last && isWritten(last) && last.type === event.type) extend(last, event);
  else events.push({ ...event, tokens: [...event.tokens] });
}

/** Text that joins with its like; one with probabilities stays as it is. */
function isWritten(event: GenerationEvent): event is WrittenDelta {
  return event.type === 'reasoning-delta' || (event.type === 'text-delta' && event.probabilities === undefined);
}

function extend(held: WrittenDelta, { text, tokens }: WrittenDelta): void {
  held.text += text;
  held.tokens.push(...tokens);
}
