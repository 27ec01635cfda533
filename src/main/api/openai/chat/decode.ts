import type { ChatMessage, Tool, ToolCall } from '#shared/domain/chat.ts';
import type { GenerationRequest, Prompt } from '#shared/domain/generation.ts';
import { unsupportedField } from '../../check-fields.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeSamplingFields } from '../sampling-fields.ts';
import type { ChatRequest, MessagePart, WireMessage } from './schema.ts';

/**
 * The neutral request. Throws `unsupported-field` for parts that are no text and `invalid-request` for messages
 * without the content their role needs.
 */
export function decodeChatRequest(body: ChatRequest): GenerationRequest {
  refuseToolCalls(body);
  return {
    ...decodeSamplingFields(body, body.max_completion_tokens),
    prompt: decodePrompt(body),
  };
}

/** Offering tools whose calls nobody can read would end in an answer that looks like text. */
function refuseToolCalls({ tools = [], tool_choice = 'auto' }: ChatRequest): void {
  if (tool_choice === 'none') return;
  const reason =
    'Tool calls are not parsed from the answer yet. "tool_choice": "none" shows the tools to the model only.';
  if (tool_choice !== 'auto') throw unsupportedField('tool_choice', reason);
  if (tools.length > 0) throw unsupportedField('tools', reason);
}

function decodePrompt(body: ChatRequest): Prompt {
  const templateArguments = decodeTemplateArguments(body);
  return {
    type: 'chat',
    messages: body.messages.map((message, index) => decodeMessage(message, `messages[${index}]`)),
    ...(body.tools && body.tools.length > 0 ? { tools: body.tools.map(decodeTool) } : {}),
    ...(Object.keys(templateArguments).length > 0 ? { templateArguments } : {}),
  };
}

/** The template of a reasoning model reads the effort under one of these names; others do not look. */
function decodeTemplateArguments({ chat_template_kwargs, reasoning_effort }: ChatRequest): Record<string, unknown> {
  if (reasoning_effort === undefined) return { ...chat_template_kwargs };
  return { reasoning_effort, enable_thinking: reasoning_effort !== 'none', ...chat_template_kwargs };
}

const roles = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
} as const satisfies Record<WireMessage['role'], ChatMessage['role']>;

function decodeMessage(message: WireMessage, param: string): ChatMessage {
  const role = roles[message.role];
  const content = message.content ?? message.refusal;
  if (content === undefined || content === null) {
    if (role !== 'assistant') throw invalidParameter(`${param}.content`, 'it is missing');
  }
  const toolCalls = decodeToolCalls(message);
  const reasoning = message.reasoning_content ?? message.reasoning;
  return {
    role,
    content: decodeContent(content ?? '', `${param}.content`),
    ...(message.name ? { name: message.name } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(message.tool_call_id ? { toolCallId: message.tool_call_id } : {}),
    ...(reasoning ? { reasoning } : {}),
  };
}

function decodeContent(content: string | MessagePart[], param: string): string {
  if (typeof content === 'string') return content;
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
      throw unsupportedField(param, `Content of the type ${JSON.stringify(type.slice(0, 40))} is not understood yet.`);
  }
}

function decodeToolCalls({ tool_calls, function_call }: WireMessage): ToolCall[] {
  const calls = tool_calls ?? (function_call ? [{ id: undefined, function: function_call }] : []);
  return calls.map((call, index) => ({
    id: call.id ?? `call_${index}`,
    name: call.function.name,
    arguments:
      typeof call.function.arguments === 'string'
        ? call.function.arguments
        : JSON.stringify(call.function.arguments ?? {}),
  }));
}

function decodeTool({ function: { name, description, parameters } }: NonNullable<ChatRequest['tools']>[number]): Tool {
  return {
    name,
    ...(description ? { description } : {}),
    ...(parameters ? { parameters } : {}),
  };
}
