import type { GenerationEvent } from '#shared/domain/generation.ts';
import { encodeTimings } from './usage.ts';

export interface ExtraWishes {
  /** llama-server's `timings_per_token`: what was measured so far, with every piece of text. */
  withTimings: boolean;
  /** Its `return_progress`: how much of the prompt is read. */
  withProgress: boolean;
}

/** What is known about one choice while it runs. Times in ms of `performance.now`. */
interface Progress {
  startedAt: number;
  firstTokenAt: number | undefined;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
}

/** llama-server's additions to the chunks of a stream. */
export class StreamExtras {
  readonly #wishes: ExtraWishes;
  readonly #choices = new Map<number, Progress>();

  constructor(wishes: ExtraWishes) {
    this.#wishes = wishes;
  }

  /** Members to put behind the choices of this event's chunk, as JSON text with a leading comma; empty for none. */
  observe(event: GenerationEvent, choice: number): string {
    const progress = this.#progressOf(choice);
    switch (event.type) {
      case 'start':
        progress.promptTokens = event.promptTokens;
        return '';
      case 'prefill-progress':
        progress.cachedTokens = event.cachedTokens;
        return this.#wishes.withProgress ? encodeProgress(event, performance.now() - progress.startedAt) : '';
      case 'text-delta':
      case 'reasoning-delta':
        progress.firstTokenAt ??= performance.now();
        progress.completionTokens += event.tokens.length;
        return this.#wishes.withTimings ? `,"timings":${JSON.stringify(toTimings(progress))}` : '';
      default:
        return '';
    }
  }

  #progressOf(choice: number): Progress {
    const known = this.#choices.get(choice);
    if (known) return known;
    const progress = {
      startedAt: performance.now(),
      firstTokenAt: undefined,
      promptTokens: 0,
      cachedTokens: 0,
      completionTokens: 0,
    };
    this.#choices.set(choice, progress);
    return progress;
  }
}

type PrefillProgress = Extract<GenerationEvent, { type: 'prefill-progress' }>;

function encodeProgress({ totalTokens, cachedTokens, processedTokens }: PrefillProgress, timeMs: number): string {
  const progress = { total: totalTokens, cache: cachedTokens, processed: processedTokens, time_ms: Math.round(timeMs) };
  return `,"prompt_progress":${JSON.stringify(progress)}`;
}

function toTimings({ startedAt, firstTokenAt, promptTokens, cachedTokens, completionTokens }: Progress): object {
  const now = performance.now();
  const decodeStart = firstTokenAt ?? now;
  return encodeTimings({
    usage: { promptTokens, cachedTokens, completionTokens },
    timings: { queueMs: 0, prefillMs: decodeStart - startedAt, decodeMs: now - decodeStart },
  });
}
