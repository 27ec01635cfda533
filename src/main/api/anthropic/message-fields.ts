import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import { invalidParameter } from '../validate.ts';
import type { Block, WireMessage, WireSystem } from './block-fields.ts';
import { notUnderstood, readTextBlock, readTexts, requireText } from './block-text.ts';
import { fromWireCallId } from './call-id.ts';
import { readThought } from './thought-signature.ts';

/**
 * The conversation in the words of the house. Results of tools become messages of their own, and a system message
 * behind the user's goes before it. Throws `unsupported-field` for blocks that are no text, `invalid-request` for
 * blocks without what their kind needs.
 */
export function decodeMessages(system: WireSystem | undefined, messages: readonly WireMessage[]): ChatMessage[] {
  const text = readTexts(system, 'system');
  const decoded = messages.flatMap((message, index) => decodeMessage(message, `messages[${index}].content`));
  return [...(text === '' ? [] : [{ role: 'system' as const, content: text }]), ...placeSystem(decoded)];
}

function decodeMessage({ role, content }: WireMessage, param: string): ChatMessage[] {
  if (typeof content === 'string') return [{ role, content }];
  switch (role) {
    case 'system':
      return [{ role, content: joinTexts(content, param) }];
    case 'user':
      return decodeUser(content, param);
    case 'assistant':
      return decodeAssistant(content, param);
    default:
      return role satisfies never;
  }
}

function joinTexts(blocks: readonly Block[], param: string): string {
  return blocks.map((block, index) => readTextBlock(toInner(block, param), `${param}[${index}]`)).join('\n');
}

/** Texts between results of tools are messages of the user. */
function decodeUser(blocks: readonly Block[], param: string): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let texts: string[] = [];
  const flush = () => {
    if (texts.length > 0) messages.push({ role: 'user', content: texts.join('\n') });
    texts = [];
  };
  for (const [index, block] of blocks.entries()) {
    const path = `${param}[${index}]`;
    if (block.type === 'tool_result') {
      flush();
      messages.push(decodeResult(block, path));
    } else {
      texts.push(readTextBlock(toInner(block, path), path));
    }
  }
  flush();
  return messages.length > 0 ? messages : [{ role: 'user', content: '' }];
}

/** A block's own content is a list of blocks or a text, but for results of a server's tools. */
function toInner({ content, ...block }: Block, param: string) {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    throw invalidParameter(`${param}.content`, 'expected a text or a list of blocks');
  }
  return { ...block, content };
}

/** An error is told in the text: the templates know no other way. */
function decodeResult(block: Block, param: string): ChatMessage {
  const text = readTexts(toInner(block, param).content, `${param}.content`);
  return {
    role: 'tool',
    content: block.is_error === true ? `Error: ${text}` : text,
    toolCallId: fromWireCallId(requireText(block.tool_use_id, `${param}.tool_use_id`)),
  };
}

/** One turn of the model: several messages when tools of another server answered within it. */
function decodeAssistant(blocks: readonly Block[], param: string): ChatMessage[] {
  const turn = new AssistantTurn();
  for (const [index, block] of blocks.entries()) turn.add(block, `${param}[${index}]`);
  return turn.messages();
}

class AssistantTurn {
  readonly #done: ChatMessage[] = [];
  #text = '';
  #reasoning = '';
  #calls: ToolCall[] = [];

  add(block: Block, param: string): void {
    switch (block.type) {
      case 'thinking':
        this.#reasoning += readThought(block.thinking ?? '', block.signature ?? '');
        return;
      case 'redacted_thinking':
        return;
      case 'text':
        this.#text += requireText(block.text, `${param}.text`);
        return;
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use':
        this.#calls.push(decodeCall(block, param));
        return;
      default:
        this.#addServerResult(block, param);
    }
  }

  messages(): ChatMessage[] {
    return this.#done.length > 0 && this.#isEmpty ? this.#done : [...this.#done, this.#current()];
  }

  get #isEmpty(): boolean {
    return this.#text === '' && this.#reasoning === '' && this.#calls.length === 0;
  }

  #current(): ChatMessage {
    return {
      role: 'assistant',
      content: this.#text,
      ...(this.#calls.length > 0 ? { toolCalls: this.#calls } : {}),
      ...(this.#reasoning === '' ? {} : { reasoning: this.#reasoning }),
    };
  }

  #addServerResult(block: Block, param: string): void {
    if (!block.type.endsWith('_tool_result')) throw notUnderstood(block.type, param);
    if (!this.#isEmpty) this.#done.push(this.#current());
    this.#text = '';
    this.#reasoning = '';
    this.#calls = [];
    this.#done.push({
      role: 'tool',
      content: typeof block.content === 'string' ? block.content : JSON.stringify(block.content ?? {}),
      toolCallId: fromWireCallId(requireText(block.tool_use_id, `${param}.tool_use_id`)),
    });
  }
}

function decodeCall({ id, name, input }: Block, param: string): ToolCall {
  return {
    id: fromWireCallId(requireText(id, `${param}.id`)),
    name: requireText(name, `${param}.name`),
    arguments: JSON.stringify(input ?? {}),
  };
}

/**
 * What the system says behind a message of the user goes before it, in every turn alike, so that the beginning of a
 * conversation stays the same from turn to turn. Behind the result of a tool it stays: the result belongs to its call.
 */
function placeSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const placed: ChatMessage[] = [];
  for (const message of messages) {
    let place = placed.length;
    if (message.role === 'system') while (placed[place - 1]?.role === 'user') place -= 1;
    placed.splice(place, 0, message);
  }
  return placed;
}
