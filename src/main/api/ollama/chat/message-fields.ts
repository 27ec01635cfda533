import { z } from 'zod';
import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import { unsupportedField } from '../../check-fields.ts';
import { listSchema, textSchema } from '../../validate.ts';
import { imagesSchema } from '../answer-fields.ts';

const roles = ['system', 'user', 'assistant', 'tool'] as const;

const callSchema = z.object({
  id: textSchema.nullish(),
  function: z.object({
    index: z.int().nullish(),
    name: textSchema.min(1).max(256),
    /** An object; some clients send its JSON text. */
    arguments: z.union([z.record(z.string(), z.unknown()), textSchema]).nullish(),
  }),
});

const messageSchema = z.object({
  /** In any case. */
  role: z
    .string()
    .transform((role) => role.toLowerCase())
    .pipe(z.enum(roles)),
  content: textSchema.nullish(),
  thinking: textSchema.nullish(),
  images: imagesSchema.nullish(),
  tool_calls: listSchema(callSchema, 1_000).nullish(),
  tool_name: textSchema.max(256).nullish(),
  tool_call_id: textSchema.nullish(),
});
type WireMessage = z.infer<typeof messageSchema>;

export const messagesSchema = listSchema(messageSchema, 100_000);

const known = new Set(Object.keys(messageSchema.shape));

/** Keys inside messages that make no difference, as `messages[].key`. */
export function findIgnoredKeys(raw: unknown): string[] {
  const { messages } = raw as { messages?: object[] | null };
  const names = new Set<string>();
  for (const message of messages ?? []) {
    for (const [key, value] of Object.entries(message)) {
      if (value !== null && !known.has(key)) names.add(`messages[].${key}`);
    }
  }
  return [...names];
}

/** Calls that no result has come for yet, the first one first. */
type OpenCalls = { id: string; name: string }[];

/**
 * Messages in the words of the house. A call without an id gets one by its place; a result without one belongs to the
 * first open call of its name, or the first open call at all. Throws `unsupported-field` for images.
 */
export function decodeMessages(messages: readonly WireMessage[]): ChatMessage[] {
  const open: OpenCalls = [];
  return messages.map((message, index) => decodeMessage(message, index, open));
}

function decodeMessage(message: WireMessage, index: number, open: OpenCalls): ChatMessage {
  if (message.images?.length) {
    throw unsupportedField(`messages[${index}].images`, 'No model here sees images yet.');
  }
  const toolCalls = decodeCalls(message, index);
  open.push(...toolCalls);
  const toolCallId = message.role === 'tool' ? takeCall(message, open) : undefined;
  return {
    role: message.role,
    content: message.content ?? '',
    ...(message.tool_name ? { name: message.tool_name } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(toolCallId === undefined ? {} : { toolCallId }),
    ...(message.thinking ? { reasoning: message.thinking } : {}),
  };
}

function decodeCalls({ tool_calls: calls }: WireMessage, message: number): ToolCall[] {
  return (calls ?? []).map(({ id, function: call }, index) => ({
    id: id || `call_${message}_${index}`,
    name: call.name,
    arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments ?? {}),
  }));
}

function takeCall({ tool_call_id: id, tool_name: name }: WireMessage, open: OpenCalls): string | undefined {
  const at = open.findIndex((call) => (id ? call.id === id : !name || call.name === name));
  const [call] = at === -1 ? [] : open.splice(at, 1);
  return id || call?.id;
}
