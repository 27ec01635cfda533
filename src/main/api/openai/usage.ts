import type { FinishReason, Timings, Usage } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent } from '../relay.ts';

/** What several generations cost together; a prompt that was asked several times counts once. */
export interface Totals {
  usage: Usage;
  timings: Timings;
}

/** `finishes` in the order of the choices, `choicesPerPrompt` for each prompt. */
export function sumFinishes(finishes: readonly FinishEvent[], choicesPerPrompt: number): Totals {
  const usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const timings: Timings = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
  for (const [index, finish] of finishes.entries()) {
    if (index % choicesPerPrompt === 0) {
      usage.promptTokens += finish.usage.promptTokens;
      usage.cachedTokens += finish.usage.cachedTokens;
    }
    usage.completionTokens += finish.usage.completionTokens;
    timings.queueMs += finish.timings.queueMs;
    timings.prefillMs += finish.timings.prefillMs;
    timings.decodeMs += finish.timings.decodeMs;
    addDrafts(timings, finish.timings);
  }
  return { usage, timings };
}

/** Only answers that were guessed at tell of it. */
function addDrafts(sum: Timings, { draftedTokens, rightTokens = 0 }: Timings): void {
  if (draftedTokens === undefined) return;
  sum.draftedTokens = (sum.draftedTokens ?? 0) + draftedTokens;
  sum.rightTokens = (sum.rightTokens ?? 0) + rightTokens;
}

/** `reasoningTokens` of the completion tokens were thinking. */
export function encodeUsage({ promptTokens, cachedTokens, completionTokens }: Usage, reasoningTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

/** llama-server's timings, which its clients show. */
export function encodeTimings({ usage, timings }: Totals) {
  const computed = usage.promptTokens - usage.cachedTokens;
  const { draftedTokens, rightTokens } = timings;
  return {
    cache_n: usage.cachedTokens,
    prompt_n: computed,
    prompt_ms: timings.prefillMs,
    prompt_per_token_ms: ratio(timings.prefillMs, computed),
    prompt_per_second: ratio(computed * 1000, timings.prefillMs),
    predicted_n: usage.completionTokens,
    predicted_ms: timings.decodeMs,
    predicted_per_token_ms: ratio(timings.decodeMs, usage.completionTokens),
    predicted_per_second: ratio(usage.completionTokens * 1000, timings.decodeMs),
    ...(draftedTokens === undefined ? {} : { draft_n: draftedTokens, draft_n_accepted: rightTokens ?? 0 }),
  };
}

function ratio(amount: number, divisor: number): number {
  return divisor > 0 ? amount / divisor : 0;
}

type WireFinishReason = 'stop' | 'length' | 'tool_calls' | 'function_call' | 'content_filter';

/** The wire's finish reason; `calls` is the word for tool calls. A cancelled generation throws `cancelled`. */
export function encodeFinishReason(
  reason: FinishReason,
  calls: 'tool_calls' | 'function_call' = 'tool_calls',
): WireFinishReason {
  switch (reason) {
    case 'stop':
    case 'length':
      return reason;
    case 'tool-calls':
      return calls;
    case 'content-filter':
      return 'content_filter';
    case 'cancelled':
      throw new AppError('cancelled', 'The generation was cancelled.');
    default:
      return reason satisfies never;
  }
}
