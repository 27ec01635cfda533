import type { Usage } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent } from '../relay.ts';

/** What was read from kept state is counted apart, as this API does; nothing is paid for keeping it. */
export function encodeInputUsage({ promptTokens, cachedTokens }: Pick<Usage, 'promptTokens' | 'cachedTokens'>) {
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
  };
}

/** `thinkingTokens` of the output tokens were thinking. */
export function encodeOutputUsage({ completionTokens }: Pick<Usage, 'completionTokens'>, thinkingTokens: number) {
  return { output_tokens: completionTokens, output_tokens_details: { thinking_tokens: thinkingTokens } };
}

/** Members that only a message has, not the end of its stream. */
export const messageUsageExtras = {
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  server_tool_use: null,
  service_tier: 'standard',
} as const;

type StopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal' | 'model_context_window_exceeded';

/** Why it ended, and the stop text that ended it. A cancelled generation throws `cancelled`. */
export function encodeStop(finish: FinishEvent): { stop_reason: StopReason; stop_sequence: string | null } {
  return { stop_reason: toStopReason(finish), stop_sequence: finish.stopText ?? null };
}

function toStopReason({ reason, rawReason, stopText }: FinishEvent): StopReason {
  switch (reason) {
    case 'stop':
      return stopText === undefined ? 'end_turn' : 'stop_sequence';
    case 'length':
      return rawReason === 'context-full' ? 'model_context_window_exceeded' : 'max_tokens';
    case 'tool-calls':
      return 'tool_use';
    case 'content-filter':
      return 'refusal';
    case 'cancelled':
      throw new AppError('cancelled', 'The generation was cancelled.');
    default:
      return reason satisfies never;
  }
}
