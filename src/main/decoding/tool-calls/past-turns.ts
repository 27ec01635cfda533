import type { ChatMessage, Tool, ToolCall } from '#shared/domain/chat.ts';
import { describeResult, describeTools } from './describe-tools.ts';
import { renderCalls } from './render-calls.ts';
import { type TemplateTraits, toTemplateArguments } from './template-traits.ts';

/** A message as chat templates expect it: OpenAI's shape. */
export type TemplateMessage = Record<string, unknown>;

export interface TemplateTurns {
  messages: TemplateMessage[];
  /** Absent where the tools stand in the system message. */
  tools?: Record<string, unknown>[];
}

/**
 * A conversation in the words one template understands. What the template knows is left to it; tools, past calls and
 * results that it does not know are written into system, assistant and user messages.
 */
export function toTemplateTurns(
  { messages, tools = [] }: { messages: readonly ChatMessage[]; tools?: readonly Tool[] },
  traits: TemplateTraits,
): TemplateTurns {
  const isDescribed = tools.length > 0 && !traits.rendersTools;
  const told = isDescribed ? addToSystem(messages, describeTools(tools, traits.syntax), traits) : [...messages];
  const known = traits.rendersResults ? told : joinResults(told);
  const plain = known.map((message) => toTemplateMessage(message, traits));
  const turns = traits.attachesResults ? attachResults(plain, known) : plain;
  return tools.length === 0 || isDescribed
    ? { messages: turns }
    : { messages: turns, tools: tools.map(toTemplateTool) };
}

function toTemplateTool({ name, description = '', parameters }: Tool): Record<string, unknown> {
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type: 'function', function: { name, description, parameters: schema } };
}

function toTemplateMessage(message: ChatMessage, traits: TemplateTraits): TemplateMessage {
  const { role, content, name, toolCalls = [], toolCallId, reasoning } = message;
  const isWritten = toolCalls.length > 0 && !traits.rendersCalls;
  const written = isWritten
    ? [content, renderCalls(traits.syntax, toolCalls)].filter((text) => text !== '').join('\n')
    : content;
  const isBare = toolCalls.length > 0 && written === '';
  return {
    role,
    content: isBare ? traits.emptyContent : written,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toTemplateId(toolCallId, traits) }),
    ...(reasoning === undefined || traits.reasoningKey === undefined ? {} : { [traits.reasoningKey]: reasoning }),
    ...(toolCalls.length === 0 || isWritten
      ? {}
      : { tool_calls: toolCalls.map((call) => toTemplateCall(call, traits)) }),
  };
}

function toTemplateCall({ id, name, arguments: text }: ToolCall, traits: TemplateTraits): Record<string, unknown> {
  const value = toTemplateArguments(text, traits.argumentsForm);
  return { id: toTemplateId(id, traits), type: 'function', function: { name, arguments: value } };
}

/** Some templates refuse ids that have not nine letters or digits: those get one made from the id, always the same. */
function toTemplateId(id: string, { needsShortIds }: TemplateTraits): string {
  if (!needsShortIds || /^[a-zA-Z0-9]{9}$/.test(id)) return id;
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  let text = '';
  for (let index = 0; index < 9; index++) {
    let hash = 0x811c9dc5 ^ index;
    for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    text += digits.charAt(hash % digits.length);
  }
  return text;
}

/** In front of what the system message says, or of the user's first words where there is no such role. */
function addToSystem(messages: readonly ChatMessage[], text: string, { hasSystemRole }: TemplateTraits): ChatMessage[] {
  const role = hasSystemRole ? 'system' : 'user';
  const index = messages.findIndex((message) => message.role === role);
  const target = messages[index];
  if (!target) return [{ role, content: text }, ...messages];
  const content = hasSystemRole ? `${target.content}\n\n${text}` : `${text}\n\n${target.content}`;
  return messages.map((message, at) => (at === index ? { ...message, content } : message));
}

/** Results as words of the user: those of one turn together, with what the user then says. */
function joinResults(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  let isJoining = false;
  for (const message of messages) {
    const isResult = message.role === 'tool';
    const previous = turns.at(-1);
    const content = isResult ? describeResult(message.content) : message.content;
    if (isJoining && previous && (isResult || message.role === 'user')) {
      turns[turns.length - 1] = { ...previous, content: `${previous.content}\n${content}` };
    } else turns.push(isResult ? { role: 'user', content } : message);
    isJoining = isResult;
  }
  return turns;
}

/** Results as part of the message with the calls; so is the answer that follows them. */
function attachResults(turns: readonly TemplateMessage[], messages: readonly ChatMessage[]): TemplateMessage[] {
  const attached: TemplateMessage[] = [];
  let owner: CallOwner | undefined;
  for (const [index, message] of messages.entries()) {
    if (owner && message.role === 'tool') addResult(owner, message);
    else if (owner && isAnswerTo(owner, message)) {
      owner.message['content'] = message.content;
      owner = undefined;
    } else {
      const turn = turns[index] ?? {};
      attached.push(turn);
      owner = toOwner(turn, message);
    }
  }
  return attached;
}

/** The last message with calls. */
interface CallOwner {
  message: TemplateMessage;
  /** Names of its calls. */
  names: string[];
  responses: { name: string; response: unknown }[];
}

function toOwner(message: TemplateMessage, { toolCalls = [] }: ChatMessage): CallOwner | undefined {
  return toolCalls.length === 0 ? undefined : { message, names: toolCalls.map(({ name }) => name), responses: [] };
}

function addResult({ message, names, responses }: CallOwner, { name = '', content }: ChatMessage): void {
  responses.push({ name: names[responses.length] ?? name, response: parseResult(content) });
  message['tool_responses'] = responses;
}

function isAnswerTo({ responses }: CallOwner, { role, content, toolCalls = [] }: ChatMessage): boolean {
  return responses.length > 0 && role === 'assistant' && toolCalls.length === 0 && content !== '';
}

function parseResult(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}
