import { setTimeout as sleep } from 'node:timers/promises';
import { complete, type Completion } from './completion-client.ts';
import type { Arm } from './server-arm.ts';
import { quantile } from './statistics.ts';
import { makePrompt } from './token-prompts.ts';

export interface CrowdShape {
  /** Streams that write all the time. */
  busyStreams: number;
  /** A prompt that is read meanwhile; 0: none. */
  longPrompt: number;
  /** A sequence's tokens; the busy streams end before it is full. */
  contextSize: number;
}

/** What one server does while it is asked for much at once. */
export interface CrowdRound {
  /** Of a request of 200 tokens, in ms; the limit when there was none by then. */
  firstTokenMs: number;
  isLate: boolean;
  /** Times between the events of the first busy stream: before anything else came, and from then on. */
  alone: { p50: number };
  crowded: { p50: number; p99: number };
}

const shortPrompt = 200;
const busyPrompt = 32;
/** Events of each busy stream before the rest comes. */
const eventsAlone = 32;
/** The long prompt is on its way before the short one comes. */
const headStartMs = 50;
/** A server that reads slower than this is late; the round goes on. */
export const limitMs = 30_000;

/** Busy streams first, then the long prompt, then the short one; ends when both have their first token. */
export async function runCrowd(arm: Arm, shape: CrowdShape, seed: number): Promise<CrowdRound> {
  const { url } = arm;
  const { busyStreams, longPrompt, contextSize } = shape;
  const abort = new AbortController();
  const startedAt = performance.now();
  const events: number[][] = Array.from({ length: busyStreams }, () => []);
  const streams = events.map((times, stream) =>
    complete({
      ...{ url, tokens: makePrompt(busyPrompt, seed + stream), maxTokens: contextSize - 2 * busyPrompt },
      ...{ signal: abort.signal, onEvent: () => times.push(performance.now() - startedAt) },
    }),
  );
  // A failure is told when the streams are awaited; until then it only ends the waiting.
  void Promise.race(streams).catch(() => abort.abort());
  await untilEvents(events, abort.signal);
  const crowdedFrom = performance.now() - startedAt;
  const limit = AbortSignal.any([abort.signal, AbortSignal.timeout(limitMs)]);
  // One token is asked for, so the end of the answer is the time to the first token.
  const ask = (length: number, promptSeed: number): Promise<Completion> =>
    complete({ url, tokens: makePrompt(length, promptSeed), maxTokens: 1, signal: limit });
  const [short] = await Promise.all([
    sleep(longPrompt === 0 ? 0 : headStartMs).then(() => ask(shortPrompt, seed + 60)),
    longPrompt === 0 ? undefined : ask(longPrompt, seed + 50),
  ]);
  abort.abort();
  await Promise.all(streams);
  const gaps = toGaps(events[0] ?? []);
  const alone = gaps.filter(({ at }) => at <= crowdedFrom).map(({ ms }) => ms);
  const crowded = gaps.filter(({ at }) => at > crowdedFrom).map(({ ms }) => ms);
  return {
    ...{ firstTokenMs: short.totalMs, isLate: short.completionTokens === 0 },
    alone: { p50: quantile(alone, 0.5) },
    crowded: { p50: quantile(crowded, 0.5), p99: quantile(crowded, 0.99) },
  };
}

async function untilEvents(events: readonly number[][], signal: AbortSignal): Promise<void> {
  while (!signal.aborted && events.some(({ length }) => length < eventsAlone)) await sleep(1);
}

/** Each gap and when it ended. */
function toGaps(times: readonly number[]): { at: number; ms: number }[] {
  return times.slice(1).map((at, index) => ({ at, ms: at - (times[index] ?? at) }));
}
