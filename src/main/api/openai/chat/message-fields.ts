import { z } from 'zod';
import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { invalidParameter, listSchema, textSchema } from '../../validate.ts';

/** One piece of a message; only text is understood so far, the rest is refused by name. */
const partSchema = z.object({
  type: z.string(),
  text: textSchema.nullish(),
  refusal: textSchema.nullish(),
});
type MessagePart = z.infer<typeof partSchema>;

const functionCallSchema = z.object({
  name: textSchema.min(1).max(256),
  /** JSON text; some clients send the object itself. */
  arguments: z.union([textSchema, z.record(z.string(), z.unknown())]).nullish(),
});

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([textSchema, listSchema(partSchema, 10_000)]).nullish(),
  name: textSchema.max(256).nullish(),
  refusal: textSchema.nullish(),
  tool_calls: listSchema(z.object({ id: textSchema.nullish(), function: functionCallSchema }), 1_000).nullish(),
  function_call: functionCallSchema.nullish(),
  tool_call_id: textSchema.nullish(),
  reasoning_content: textSchema.nullish(),
  reasoning: textSchema.nullish(),
});
type WireMessage = z.infer<typeof messageSchema>;

const messageKeys: ReadonlySet<string> = new Set(Object.keys(messageSchema.shape));

/** Keys inside messages that make no difference, as `messages[].key`. */
export function findIgnoredKeys(raw: unknown): string[] {
  const names = new Set<string>();
  const { messages } = raw as { messages: object[] };
  for (const message of messages) {
    for (const [key, value] of Object.entries(message)) {
      if (value !== null && !messageKeys.has(key)) names.add(`messages[].${key}`);
    }
  }
  return [...names];
}

export const messagesSchema = listSchema(messageSchema, 100_000).refine(
  (messages) => messages.length > 0,
  'it is empty',
);

/**
 * Messages in the words of the house. A call without an id gets one by its place, and so does the result of an older
 * `function_call`, which has none. Throws `unsupported-field` for parts that are no text and `invalid-request` for
 * messages without the content their role needs.
 */
export function decodeMessages(messages: readonly WireMessage[]): ChatMessage[] {
  let lastCallId: string | undefined;
  return messages.map((message, index) => {
    const decoded = decodeMessage(message, index, lastCallId);
    lastCallId = decoded.toolCalls?.at(-1)?.id ?? lastCallId;
    return decoded;
  });
}

const roles = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
} as const satisfies Record<WireMessage['role'], ChatMessage['role']>;

function decodeMessage(message: WireMessage, index: number, lastCallId: string | undefined): ChatMessage {
  const role = roles[message.role];
  const toolCalls = decodeToolCalls(message, index);
  const toolCallId = message.tool_call_id ?? (message.role === 'function' ? lastCallId : undefined);
  const reasoning = message.reasoning_content ?? message.reasoning;
  return {
    role,
    content: decodeContent(message, `messages[${index}].content`),
    ...(message.name ? { name: message.name } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(toolCallId ? { toolCallId } : {}),
    ...(reasoning ? { reasoning } : {}),
  };
}

/** Only an assistant may have said nothing: it called tools. */
function decodeContent({ role, content: given, refusal }: WireMessage, param: string): string {
  const content = given ?? refusal ?? undefined;
  if (content === undefined && role !== 'assistant') throw invalidParameter(param, 'it is missing');
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map((part, index) => decodePart(part, `${param}[${index}]`)).join('\n');
}

function decodePart({ type, text, refusal }: MessagePart, param: string): string {
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      if (typeof text !== 'string') throw invalidParameter(`${param}.text`, 'it is missing');
      return text;
    case 'refusal':
      return refusal ?? '';
    default:
      throw unreadablePart(type, param);
  }
}

/** What models that read text only cannot take in. */
const otherMedia: Readonly<Record<string, string>> = {
  image_url: 'images',
  input_image: 'images',
  image: 'images',
  input_audio: 'sound',
  audio_url: 'sound',
  video_url: 'videos',
  file: 'files',
  input_file: 'files',
};

function unreadablePart(type: string, param: string): AppError {
  const kind = Object.hasOwn(otherMedia, type) ? otherMedia[type] : undefined;
  const name = JSON.stringify(type.slice(0, 40));
  const problem = kind === undefined ? `${name} is no type of content` : `models here read text, no ${kind}`;
  return new AppError('unsupported-field', `"${param}" cannot be taken in: ${problem}.`, {
    hint: 'Send its content as text in a part of the type "text", or leave it out.',
    data: { param },
  });
}

function decodeToolCalls({ tool_calls, function_call }: WireMessage, message: number): ToolCall[] {
  const calls = tool_calls ?? (function_call ? [{ id: undefined, function: function_call }] : []);
  return calls.map(({ id, function: call }, index) => ({
    id: id || `call_${message}_${index}`,
    name: call.name,
    arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments ?? {}),
  }));
}
