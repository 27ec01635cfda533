import type { FinishReason } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent } from '../relay.ts';

const nanosecondsPerMs = 1_000_000;

/** When things happened in one request, in ms of `performance.now`. */
export interface AnswerClock {
  arrivedAt: number;
  /** The model was in memory and had taken the prompt; undefined when it never came to that. */
  startedAt: number | undefined;
}

/** Counts and durations at the end of an answer; durations in whole nanoseconds. */
export function encodeMetrics({ usage, timings }: FinishEvent, { arrivedAt, startedAt }: AnswerClock) {
  const now = performance.now();
  return {
    total_duration: toNanoseconds(now - arrivedAt),
    load_duration: toNanoseconds((startedAt ?? now) - arrivedAt),
    prompt_eval_count: usage.promptTokens,
    prompt_eval_duration: toNanoseconds(timings.prefillMs),
    eval_count: usage.completionTokens,
    eval_duration: toNanoseconds(timings.decodeMs),
  };
}

export function toNanoseconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * nanosecondsPerMs));
}

/** Ollama has no word for calls. Throws `cancelled` for an answer that was. */
export function encodeDoneReason(reason: FinishReason): 'stop' | 'length' {
  switch (reason) {
    case 'length':
      return 'length';
    case 'stop':
    case 'tool-calls':
    case 'content-filter':
      return 'stop';
    case 'cancelled':
      throw new AppError('cancelled', 'The generation was cancelled.');
    default:
      return reason satisfies never;
  }
}
