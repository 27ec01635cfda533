import { setTimeout as sleep } from 'node:timers/promises';
import { complete, type Completion } from './completion-client.ts';
import type { Block } from './paired-run.ts';
import type { Arm } from './server-arm.ts';
import { makePrompt } from './token-prompts.ts';

export interface FragmentShape {
  /** Streams that stay. */
  streams: number;
  /** As many more begin beside them, each after one that stays, and leave: every second place is empty then. */
  leaving: number;
  contextSize: number;
}

const promptLength = 16;
/** Events of each stream before some leave, and of each of the others before it counts. */
const eventsBefore = 8;
const warmUpMs = 100;
/** What is measured, in events of all streams that stay. */
const measuredEvents = 160;

/** Streams that go on after their neighbours have left. */
export async function runFragmented(arm: Arm, shape: FragmentShape, seed: number): Promise<Block> {
  const { streams, leaving, contextSize } = shape;
  const stay = new AbortController();
  const leave = new AbortController();
  const counts: number[] = [];
  const begun: Promise<Completion>[] = [];
  for (let place = 0; place < streams + leaving; place++) {
    const isLeaving = leaving > 0 && place % 2 === 1;
    counts[place] = 0;
    begun.push(
      complete({
        ...{ url: arm.url, tokens: makePrompt(promptLength, seed + place), maxTokens: contextSize - 2 * promptLength },
        signal: isLeaving ? leave.signal : stay.signal,
        onEvent: () => (counts[place] = (counts[place] ?? 0) + 1),
      }),
    );
    // One after the other, so that they take their places in this order.
    await until(() => (counts[place] ?? 0) > 0);
  }
  await until(() => counts.every((count) => count >= eventsBefore));
  leave.abort();
  await sleep(warmUpMs);
  const staying = (): number =>
    counts.reduce((sum, count, place) => sum + (leaving > 0 && place % 2 === 1 ? 0 : count), 0);
  const before = { events: staying(), cpu: arm.cpuSeconds(), at: performance.now() };
  await until(() => staying() - before.events >= measuredEvents);
  const units = staying() - before.events;
  const wallMs = performance.now() - before.at;
  const cpuMs = (arm.cpuSeconds() - before.cpu) * 1000;
  stay.abort();
  await Promise.all(begun);
  return { wallMs, cpuMs, units };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('The streams did not go on within a minute.');
    await sleep(1);
  }
}
