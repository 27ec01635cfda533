import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Collected } from '../../collect.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import type { AnswerHead } from '../answer.ts';
import { ChunkFrame } from '../chunk-frame.ts';
import { encodeErrorEvent } from '../errors.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';

export interface CompletionShape {
  choicesPerPrompt: number;
  /** Texts to put before the answers, one per choice; undefined without `echo`. */
  echoes: readonly string[] | undefined;
}

/** The whole answer. */
export function encodeTextCompletion(
  head: AnswerHead,
  { choicesPerPrompt, echoes }: CompletionShape,
  choices: readonly Collected[],
): string {
  const totals = sumFinishes(
    choices.map(({ finish }) => finish),
    choicesPerPrompt,
  );
  return JSON.stringify({
    id: head.id,
    object: 'text_completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    choices: choices.map(({ text, finish }, index) => ({
      text: `${echoes?.[index] ?? ''}${text}`,
      index,
      logprobs: null,
      finish_reason: encodeFinishReason(finish.reason),
    })),
    usage: encodeUsage(totals.usage),
    timings: encodeTimings(totals),
  });
}

/** The chunks of a streamed answer; only the text of a chunk is serialised. */
export class CompletionChunks implements StreamWords {
  readonly #frame: ChunkFrame;
  readonly #shape: CompletionShape;

  constructor(head: AnswerHead, shape: CompletionShape, includeUsage: boolean) {
    this.#shape = shape;
    this.#frame = new ChunkFrame({ head, object: 'text_completion', includeUsage });
  }

  encode(event: GenerationEvent, choice: number): string | undefined {
    switch (event.type) {
      case 'start': {
        const echo = this.#shape.echoes?.[choice] ?? '';
        return echo === '' ? undefined : this.#chunk(choice, echo);
      }
      case 'text-delta':
      case 'reasoning-delta':
        return event.text === '' ? undefined : this.#chunk(choice, event.text);
      case 'prompt-probabilities':
      case 'prefill-progress':
      case 'finish':
        return undefined;
      default:
        event satisfies { type: `tool-call-${string}` };
        return undefined;
    }
  }

  encodeFinish(finish: FinishEvent, choice: number): string {
    const reason = encodeFinishReason(finish.reason);
    return this.#frame.lastChunk(`{"text":"","index":${choice},"logprobs":null,"finish_reason":"${reason}"}`, finish);
  }

  encodeEnd(finishes: readonly FinishEvent[]): string {
    return this.#frame.end(finishes, this.#shape.choicesPerPrompt);
  }

  encodeError(error: AppError): string {
    return encodeErrorEvent(error);
  }

  #chunk(choice: number, text: string): string {
    return this.#frame.chunk(`{"text":${JSON.stringify(text)},"index":${choice},"logprobs":null,"finish_reason":null}`);
  }
}
