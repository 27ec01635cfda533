import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Collected } from '../../collect.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import type { AnswerHead } from '../answer.ts';
import { ChunkFrame } from '../chunk-frame.ts';
import { encodeErrorEvent } from '../errors.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';

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
    choices: choices.map(({ text, finish }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: encodeFinishReason(finish.reason),
    })),
    usage: encodeUsage(totals.usage),
    timings: encodeTimings(totals),
  });
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
      case 'prefill-progress':
      case 'finish':
        return undefined;
      default:
        return event satisfies never;
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

  #chunk(choice: number, delta: string): string {
    return this.#frame.chunk(`{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":null}`);
  }
}
