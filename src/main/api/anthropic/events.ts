import type { GenerationEvent, Usage } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent, StreamWords } from '../relay.ts';
import { toWireCallId } from './call-id.ts';
import { encodeHead, type MessageHead } from './encode.ts';
import { encodeErrorEvent } from './errors.ts';
import { signThought } from './thought-signature.ts';
import { encodeInputUsage, encodeOutputUsage, encodeStop, messageUsageExtras } from './usage.ts';

type CallStart = Extract<GenerationEvent, { type: 'tool-call-start' }>;
type BlockKind = 'text' | 'thinking' | 'tool_use';

/**
 * The events of a streamed message, as text ready to be sent. The message begins with the first sign of its prompt
 * being read: only then is it known how much of it was kept.
 */
export class MessageEvents implements StreamWords {
  readonly #head: MessageHead;
  readonly #requestId: string;
  #promptTokens = 0;
  #hasBegun = false;
  #open: BlockKind | undefined;
  #index = -1;
  #thought = '';
  #thinkingTokens = 0;

  constructor(head: MessageHead, requestId: string) {
    this.#head = head;
    this.#requestId = requestId;
  }

  encode(event: GenerationEvent): string | undefined {
    switch (event.type) {
      case 'text-delta':
        return this.#text(event.text);
      case 'start':
        this.#promptTokens = event.promptTokens;
        return undefined;
      case 'prefill-progress':
        return this.#begin(event.cachedTokens) || undefined;
      case 'reasoning-delta':
        this.#thinkingTokens += event.tokens.length;
        return this.#think(event.text);
      case 'tool-call-start':
        return this.#call(event);
      case 'tool-call-delta':
        return event.arguments === '' ? undefined : this.#arguments(event.arguments);
      case 'tool-call-end':
      case 'prompt-probabilities':
      case 'finish':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  encodeFinish(finish: FinishEvent): string {
    const { usage } = finish;
    const end = {
      type: 'message_delta',
      delta: encodeStop(finish),
      usage: { ...encodeInputUsage(usage), ...encodeOutputUsage(usage, this.#thinkingTokens) },
      ...(this.#head.hasContextManagement ? { context_management: { applied_edits: [] } } : {}),
    };
    return this.#begin(usage.cachedTokens) + this.#close() + toFrame('message_delta', JSON.stringify(end));
  }

  encodeEnd(): string {
    return toFrame('message_stop', '{"type":"message_stop"}');
  }

  encodeError(error: AppError): string {
    return encodeErrorEvent(error, this.#requestId);
  }

  encodeKeepAlive(): string {
    return toFrame('ping', '{"type":"ping"}');
  }

  /** Nothing after the first time. */
  #begin(cachedTokens: number): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    const usage: Usage = { promptTokens: this.#promptTokens, cachedTokens, completionTokens: 1 };
    const message = {
      ...encodeHead(this.#head),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...encodeInputUsage(usage), output_tokens: usage.completionTokens, ...messageUsageExtras },
    };
    return toFrame('message_start', JSON.stringify({ type: 'message_start', message }));
  }

  #text(text: string): string | undefined {
    if (text === '') return undefined;
    const opening = this.#openBlock('text', '{"type":"text","text":"","citations":null}');
    return opening + this.#delta('text_delta', 'text', text);
  }

  #think(text: string): string | undefined {
    if (text === '') return undefined;
    const opening = this.#openBlock('thinking', '{"type":"thinking","thinking":"","signature":""}');
    this.#thought += text;
    return this.#head.showsThinking ? opening + this.#delta('thinking_delta', 'thinking', text) : opening;
  }

  #call({ id, name }: CallStart): string {
    const block = JSON.stringify({ type: 'tool_use', id: toWireCallId(id), name, input: {} });
    const closing = this.#close();
    return closing + this.#openBlock('tool_use', block) + this.#arguments('');
  }

  #arguments(json: string): string {
    return this.#delta('input_json_delta', 'partial_json', json);
  }

  #openBlock(kind: BlockKind, block: string): string {
    if (this.#open === kind) return '';
    const closing = this.#begin(0) + this.#close();
    this.#open = kind;
    this.#index += 1;
    const data = `{"type":"content_block_start","index":${this.#index},"content_block":${block}}`;
    return closing + toFrame('content_block_start', data);
  }

  #close(): string {
    if (this.#open === undefined) return '';
    const signature = this.#open === 'thinking' ? signThought(this.#thought, this.#head.showsThinking) : undefined;
    const seal = signature === undefined ? '' : this.#delta('signature_delta', 'signature', signature);
    this.#open = undefined;
    this.#thought = '';
    return seal + toFrame('content_block_stop', `{"type":"content_block_stop","index":${this.#index}}`);
  }

  #delta(type: string, member: string, text: string): string {
    return (
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},` +
      `"delta":{"type":"${type}","${member}":${JSON.stringify(text)}}}\n\n`
    );
  }
}

function toFrame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
