import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import { unsupportedField } from '../../check-fields.ts';
import { invalidParameter } from '../../validate.ts';
import type { Item, Part } from './item-fields.ts';
import { openSealed } from './sealed-text.ts';

export interface DecodedItems {
  messages: ChatMessage[];
  /** Types of items that say nothing to a model here, as `input[].type`. */
  skipped: string[];
}

/** How the model knows a tool that the client names like this. */
export type ToModelName = (name: string, namespace: string | undefined) => string;

/**
 * Items as messages. What one turn of the model said stands in several items (thinking, text, calls) and becomes one
 * message again. Throws `unsupported-field` for parts that are no text, `invalid-request` for items without what their
 * kind needs.
 */
export function decodeItems(items: readonly Item[], toModelName: ToModelName): DecodedItems {
  const reader = new ItemReader(toModelName);
  for (const [index, item] of items.entries()) reader.add(item, `input[${index}]`);
  return reader.end();
}

class ItemReader {
  readonly #toModelName: ToModelName;
  readonly #messages: ChatMessage[] = [];
  readonly #skipped = new Set<string>();
  /** The turn of the model that is not over yet. */
  #turn: { text?: string; reasoning?: string; calls: ToolCall[] } | undefined;

  readonly #readers: Readonly<Record<string, (item: Item, param: string) => void>> = {
    message: (item, param) => this.#addMessage(item, param),
    reasoning: (item, param) => this.#think(readReasoning(item, param)),
    function_call: (item, param) => this.#call(item, item.arguments || '{}', param),
    custom_tool_call: (item, param) => this.#call(item, JSON.stringify({ input: item.input ?? '' }), param),
    local_shell_call: (item, param) =>
      this.#call({ ...item, name: 'local_shell' }, JSON.stringify(item.action ?? {}), param),
    function_call_output: (item, param) => this.#addResult(item, param),
    custom_tool_call_output: (item, param) => this.#addResult(item, param),
    local_shell_call_output: (item, param) => this.#addResult(item, param),
    compaction: (item) => this.#push({ role: 'system', content: openSealed(item.encrypted_content ?? '') }),
  };

  constructor(toModelName: ToModelName) {
    this.#toModelName = toModelName;
  }

  add(item: Item, param: string): void {
    const type = item.type ?? 'message';
    const read = Object.hasOwn(this.#readers, type) ? this.#readers[type] : undefined;
    if (read) read(item, param);
    else this.#skipped.add(`input[].${type}`);
  }

  end(): DecodedItems {
    this.#closeTurn();
    return { messages: this.#messages, skipped: [...this.#skipped] };
  }

  #addMessage({ role, content }: Item, param: string): void {
    if (!role) throw invalidParameter(`${param}.role`, 'it is missing');
    if (content === undefined || content === null) throw invalidParameter(`${param}.content`, 'it is missing');
    if (role !== 'assistant') {
      const text = readContent(content, { param: `${param}.content`, separator: '\n' });
      return this.#push({ role: role === 'developer' ? 'system' : role, content: text });
    }
    if (this.#turn && (this.#turn.text !== undefined || this.#turn.calls.length > 0)) this.#closeTurn();
    this.#turn ??= { calls: [] };
    this.#turn.text = readContent(content, { param: `${param}.content`, separator: '' });
  }

  #think(reasoning: string): void {
    if (this.#turn && (this.#turn.text !== undefined || this.#turn.calls.length > 0)) this.#closeTurn();
    this.#turn ??= { calls: [] };
    this.#turn.reasoning = (this.#turn.reasoning ?? '') + reasoning;
  }

  #call({ call_id, id, name, namespace }: Item, json: string, param: string): void {
    const callId = call_id || id;
    if (!callId) throw invalidParameter(`${param}.call_id`, 'it is missing');
    if (!name) throw invalidParameter(`${param}.name`, 'it is missing');
    this.#turn ??= { calls: [] };
    const known = this.#toModelName(name, namespace ?? undefined);
    this.#turn.calls.push({ id: callId, name: known, arguments: json });
  }

  #addResult({ call_id, id, output }: Item, param: string): void {
    const toolCallId = call_id || id;
    if (!toolCallId) throw invalidParameter(`${param}.call_id`, 'it is missing');
    const content = readContent(output ?? '', { param: `${param}.output`, separator: '\n' });
    this.#push({ role: 'tool', content, toolCallId });
  }

  #push(message: ChatMessage): void {
    this.#closeTurn();
    this.#messages.push(message);
  }

  #closeTurn(): void {
    if (!this.#turn) return;
    const { text = '', reasoning = '', calls } = this.#turn;
    this.#turn = undefined;
    if (text === '' && calls.length === 0 && reasoning === '') return;
    this.#messages.push({
      role: 'assistant',
      content: text,
      ...(calls.length > 0 ? { toolCalls: calls } : {}),
      ...(reasoning === '' ? {} : { reasoning }),
    });
  }
}

/** The thinking itself, else what the client carried for us, else its summary: here that is the same text. */
function readReasoning({ content, encrypted_content, summary }: Item, param: string): string {
  if (typeof content === 'string') return content;
  const whole = readParts(content ?? [], { param: `${param}.content`, separator: '' });
  if (whole !== '') return whole;
  if (encrypted_content) return openSealed(encrypted_content);
  return readParts(summary ?? [], { param: `${param}.summary`, separator: '\n' });
}

interface ReadOptions {
  param: string;
  separator: string;
}

function readContent(content: string | readonly Part[], options: ReadOptions): string {
  return typeof content === 'string' ? content : readParts(content, options);
}

function readParts(parts: readonly Part[], { param, separator }: ReadOptions): string {
  return parts.map((part, index) => readPart(part, `${param}[${index}]`)).join(separator);
}

function readPart({ type, text, refusal }: Part, param: string): string {
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      if (typeof text !== 'string') throw invalidParameter(`${param}.text`, 'it is missing');
      return text;
    case 'refusal':
      return refusal ?? '';
    default:
      throw unsupportedField(param, `Content of the type ${JSON.stringify(type.slice(0, 40))} is not understood yet.`);
  }
}
