import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import type { AnswerAddendum } from '../addendum.ts';
import type { AnswerHead } from '../answer.ts';
import { ChunkFrame } from '../chunk-frame.ts';
import { encodeErrorEvent } from '../errors.ts';
import { encodeChatLogprobs } from '../logprobs.ts';
import { StreamExtras, type ExtraWishes } from '../stream-extras.ts';
import { encodeFinishReason } from '../usage.ts';
import { CallChunks } from './call-chunks.ts';
import type { ChatShape } from './decode.ts';
import { thoughtMarkers } from './encode.ts';

export interface ChatChunkOptions {
  head: AnswerHead;
  shape: ChatShape;
  includeUsage: boolean;
  /** Undefined: none. */
  extras?: ExtraWishes | undefined;
  /** As in a `ChunkFrame`. */
  addendum?: AnswerAddendum | undefined;
}

type TextDelta = Extract<GenerationEvent, { type: 'text-delta' }>;

/**
 * The chunks of a streamed answer, as text ready to be sent. Only the delta of a chunk is serialised; everything
 * around it is made once per answer.
 */
export class ChatChunks implements StreamWords {
  readonly #frame: ChunkFrame;
  readonly #shape: ChatShape;
  readonly #extras: StreamExtras | undefined;
  readonly #calls: CallChunks;
  /** Choices whose thinking stands in the text and is not closed yet. */
  readonly #openThoughts = new Set<number>();
  #reasoningTokens = 0;

  constructor({ head, shape, includeUsage, extras, addendum }: ChatChunkOptions) {
    this.#frame = new ChunkFrame({ head, object: 'chat.completion.chunk', includeUsage, addendum });
    this.#shape = shape;
    this.#extras = extras && new StreamExtras(extras);
    this.#calls = new CallChunks(shape.calls);
  }

  encode(event: GenerationEvent, choice: number): string | undefined {
    const extras = this.#extras?.observe(event, choice) ?? '';
    switch (event.type) {
      case 'text-delta':
        return this.#text(event, choice, extras);
      case 'start':
        return this.#chunk(choice, '{"role":"assistant","content":""}');
      case 'reasoning-delta':
        this.#reasoningTokens += event.tokens.length;
        return event.text === '' ? undefined : this.#reasoning(event.text, choice, extras);
      case 'prefill-progress':
        return extras === '' ? undefined : this.#chunk(choice, '{}', extras);
      case 'prompt-probabilities':
      case 'finish':
        return undefined;
      default: {
        const delta = this.#calls.encode(event, choice);
        return delta === undefined ? undefined : this.#closeThought(choice) + this.#chunk(choice, delta);
      }
    }
  }

  encodeFinish(finish: FinishEvent, choice: number): string {
    const reason = encodeFinishReason(finish.reason, this.#shape.calls);
    const last = `{"index":${choice},"delta":{},"logprobs":null,"finish_reason":"${reason}"}`;
    return this.#closeThought(choice) + this.#frame.lastChunk(last, finish);
  }

  encodeEnd(finishes: readonly FinishEvent[]): string {
    return this.#frame.end(finishes, {
      choicesPerPrompt: finishes.length,
      reasoningTokens: this.#reasoningTokens,
    });
  }

  encodeError(error: AppError): string {
    return encodeErrorEvent(error);
  }

  #text({ text, probabilities }: TextDelta, choice: number, extras: string): string | undefined {
    const said = this.#openThoughts.delete(choice) ? thoughtMarkers.close + text : text;
    const logprobs = this.#shape.withLogprobs && probabilities ? encodeChatLogprobs(probabilities) : undefined;
    if (said === '' && !logprobs) return undefined;
    const delta = `{"content":${JSON.stringify(said)}}`;
    if (!logprobs) return this.#chunk(choice, delta, extras);
    const rated = `{"index":${choice},"delta":${delta},"logprobs":${JSON.stringify(logprobs)},"finish_reason":null}`;
    return this.#frame.chunk(rated, extras);
  }

  /** Under both names that clients read, or as the caller wants it. */
  #reasoning(text: string, choice: number, extras: string): string | undefined {
    switch (this.#shape.reasoning) {
      case 'apart': {
        const json = JSON.stringify(text);
        return this.#chunk(choice, `{"reasoning_content":${json},"reasoning":${json}}`, extras);
      }
      case 'inline': {
        const said = this.#openThoughts.has(choice) ? text : thoughtMarkers.open + text;
        this.#openThoughts.add(choice);
        return this.#chunk(choice, `{"content":${JSON.stringify(said)}}`, extras);
      }
      case 'left-out':
        return undefined;
      default:
        return this.#shape.reasoning satisfies never;
    }
  }

  #closeThought(choice: number): string {
    if (!this.#openThoughts.delete(choice)) return '';
    return this.#chunk(choice, `{"content":"${thoughtMarkers.close}"}`);
  }

  #chunk(choice: number, delta: string, extras = ''): string {
    return this.#frame.chunk(`{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":null}`, extras);
  }
}
