import type { ToolCall } from '#shared/domain/chat.ts';
import type { Collected } from '../../collect.ts';
import type { AnswerHead } from '../answer.ts';
import { encodeChatLogprobs } from '../logprobs.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';
import type { ChatShape } from './decode.ts';

/** Where thinking stands within the text, when the caller does not want it apart. */
export const thoughtMarkers = { open: '<think>', close: '</think>' } as const;

/** The whole answer. */
export function encodeChatCompletion(head: AnswerHead, shape: ChatShape, choices: readonly Collected[]): string {
  const totals = sumFinishes(
    choices.map(({ finish }) => finish),
    choices.length,
  );
  const reasoningTokens = choices.reduce((sum, choice) => sum + choice.reasoningTokens, 0);
  return JSON.stringify({
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    service_tier: 'default',
    choices: choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice, shape),
      logprobs: shape.withLogprobs ? encodeChatLogprobs(choice.probabilities) : null,
      finish_reason: encodeFinishReason(choice.finish.reason, shape.calls),
    })),
    usage: encodeUsage(totals.usage, reasoningTokens),
    timings: encodeTimings(totals),
  });
}

/** Thinking comes under both names that clients read; a message that only calls has no content. */
function encodeMessage(choice: Collected, shape: ChatShape): object {
  const { reasoning, toolCalls } = choice;
  const content = toContent(choice, shape);
  return {
    role: 'assistant',
    content: content === '' && toolCalls.length > 0 ? null : content,
    refusal: null,
    ...(reasoning !== '' && shape.reasoning === 'apart' ? { reasoning_content: reasoning, reasoning } : {}),
    ...encodeCalls(toolCalls, shape),
  };
}

function toContent({ text, reasoning }: Collected, shape: ChatShape): string {
  if (reasoning === '' || shape.reasoning !== 'inline') return text;
  return `${thoughtMarkers.open}${reasoning}${thoughtMarkers.close}${text}`;
}

/** The older form has room for one call. */
function encodeCalls(calls: readonly ToolCall[], { calls: words }: ChatShape): object {
  const [first] = calls;
  if (!first) return {};
  if (words === 'function_call') return { function_call: { name: first.name, arguments: first.arguments } };
  return {
    tool_calls: calls.map(({ id, name, arguments: json }) => ({
      id,
      type: 'function',
      function: { name, arguments: json },
    })),
  };
}
