import { randomUUID } from 'node:crypto';
import type { ToolCall } from '#shared/domain/chat.ts';
import type { Collected } from '../collect.ts';
import { toWireCallId } from './call-id.ts';
import { signThought } from './thought-signature.ts';
import { encodeInputUsage, encodeOutputUsage, encodeStop, messageUsageExtras } from './usage.ts';

/** What an answer says about itself, whole or streamed. */
export interface MessageHead {
  id: string;
  /** As the client named it, or the model's id when it named none. */
  model: string;
  /** False: thinking is told by an empty block. */
  showsThinking: boolean;
  /** True when the request had edits of the context: none is made. */
  hasContextManagement: boolean;
}

export function createMessageId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`;
}

/** The members of a message around its content. */
export function encodeHead({ id, model, hasContextManagement }: MessageHead) {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    ...(hasContextManagement ? { context_management: { applied_edits: [] } } : {}),
  };
}

/** The whole answer. */
export function encodeMessage(head: MessageHead, answer: Collected): string {
  const { usage } = answer.finish;
  return JSON.stringify({
    ...encodeHead(head),
    content: encodeContent(answer, head.showsThinking),
    ...encodeStop(answer.finish),
    usage: {
      ...encodeInputUsage(usage),
      ...encodeOutputUsage(usage, answer.reasoningTokens),
      ...messageUsageExtras,
    },
  });
}

function encodeContent({ reasoning, text, toolCalls }: Collected, isShown: boolean): object[] {
  const thinking = { type: 'thinking', thinking: isShown ? reasoning : '', signature: signThought(reasoning, isShown) };
  return [
    ...(reasoning === '' ? [] : [thinking]),
    ...(text === '' ? [] : [{ type: 'text', text, citations: null }]),
    ...toolCalls.map((call) => ({
      type: 'tool_use',
      id: toWireCallId(call.id),
      name: call.name,
      input: readArguments(call),
    })),
  ];
}

/** Arguments that were cut off are no JSON: they come as Anthropic's documents ask for. */
function readArguments({ arguments: json }: ToolCall): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return { INVALID_JSON: json };
  }
}
