import type { ToolCall } from '#shared/domain/chat.ts';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Collected } from '../../collect.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import type { AnswerHead } from '../answer.ts';
import { ChunkFrame } from '../chunk-frame.ts';
import { encodeErrorEvent } from '../errors.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';

type ToolCallEvent = Extract<GenerationEvent, { type: `tool-call-${string}` }>;

/** The whole answer. */
export function encodeChatCompletion(head: AnswerHead, choices: readonly Collected[]): string {
  const totals = sumFinishes(
    choices.map(({ finish }) => finish),
    choices.length,
  );
  return JSON.stringify({
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    service_tier: 'default',
    choices: choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice),
      logprobs: null,
      finish_reason: encodeFinishReason(choice.finish.reason),
    })),
    usage: encodeUsage(totals.usage),
    timings: encodeTimings(totals),
  });
}

/** Thinking comes under both names that clients read; a message that only calls has no content. */
function encodeMessage({ text, reasoning, toolCalls }: Collected): object {
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning, reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(encodeToolCall) }),
  };
}

function encodeToolCall({ id, name, arguments: json }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: json } };
}

/**
 * The chunks of a streamed answer, as text ready to be sent. Only the delta of a chunk is serialised; everything
 * around it is made once per answer.
 */
export class ChatChunks implements StreamWords {
  readonly #frame: ChunkFrame;

  constructor(head: AnswerHead, includeUsage: boolean) {
    this.#frame = new ChunkFrame({ head, object: 'chat.completion.chunk', includeUsage });
  }

  encode(event: GenerationEvent, choice: number): string | undefined {
    switch (event.type) {
      case 'start':
        return this.#chunk(choice, '{"role":"assistant","content":""}');
      case 'text-delta':
        return event.text === '' ? undefined : this.#chunk(choice, `{"content":${JSON.stringify(event.text)}}`);
      case 'reasoning-delta':
        return event.text === '' ? undefined : this.#reasoning(choice, event.text);
      case 'prompt-probabilities':
      case 'prefill-progress':
      case 'finish':
        return undefined;
      default:
        return this.#encodeCall(event, choice);
    }
  }

  encodeFinish(finish: FinishEvent, choice: number): string {
    const reason = encodeFinishReason(finish.reason);
    return this.#frame.lastChunk(`{"index":${choice},"delta":{},"logprobs":null,"finish_reason":"${reason}"}`, finish);
  }

  encodeEnd(finishes: readonly FinishEvent[]): string {
    return this.#frame.end(finishes, finishes.length);
  }

  encodeError(error: AppError): string {
    return encodeErrorEvent(error);
  }

  /** Under both names that clients read. */
  #reasoning(choice: number, text: string): string {
    const json = JSON.stringify(text);
    return this.#chunk(choice, `{"reasoning_content":${json},"reasoning":${json}}`);
  }

  /** The first piece of a call names it, the others carry the text of its arguments. */
  #encodeCall(event: ToolCallEvent, choice: number): string | undefined {
    const send = (piece: object) =>
      this.#chunk(choice, JSON.stringify({ tool_calls: [{ index: event.index, ...piece }] }));
    switch (event.type) {
      case 'tool-call-start':
        return send({ id: event.id, type: 'function', function: { name: event.name, arguments: '' } });
      case 'tool-call-delta':
        return event.arguments === '' ? undefined : send({ function: { arguments: event.arguments } });
      case 'tool-call-end':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #chunk(choice: number, delta: string): string {
    return this.#frame.chunk(`{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":null}`);
  }
}
