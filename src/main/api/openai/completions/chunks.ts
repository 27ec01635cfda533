import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import type { AnswerAddendum } from '../addendum.ts';
import type { AnswerHead } from '../answer.ts';
import { ChunkFrame } from '../chunk-frame.ts';
import { encodeErrorEvent } from '../errors.ts';
import { CompletionLogprobs, type Echo } from '../logprobs.ts';
import { StreamExtras, type ExtraWishes } from '../stream-extras.ts';
import { encodeFinishReason } from '../usage.ts';
import type { CompletionShape } from './encode.ts';

export interface CompletionChunkOptions {
  head: AnswerHead;
  shape: CompletionShape;
  includeUsage: boolean;
  /** Undefined: none. */
  extras?: ExtraWishes | undefined;
  /** As in a `ChunkFrame`. */
  addendum?: AnswerAddendum | undefined;
}

interface RatedText {
  choice: number;
  text: string;
  logprobs: object;
  extras: string;
}

type TextDelta = Extract<GenerationEvent, { type: 'text-delta' }>;

/** The chunks of a streamed answer; only the text of a chunk is serialised. */
export class CompletionChunks implements StreamWords {
  readonly #frame: ChunkFrame;
  readonly #shape: CompletionShape;
  readonly #extras: StreamExtras | undefined;
  /** Prompts not sent yet, by choice. */
  readonly #echoes: Map<number, Echo>;
  readonly #logprobs = new Map<number, CompletionLogprobs>();
  #reasoningTokens = 0;

  constructor({ head, shape, includeUsage, extras, addendum }: CompletionChunkOptions) {
    this.#frame = new ChunkFrame({ head, object: 'text_completion', includeUsage, addendum });
    this.#shape = shape;
    this.#extras = extras && new StreamExtras(extras);
    this.#echoes = new Map(shape.echoes?.entries());
  }

  encode(event: GenerationEvent, choice: number): string | undefined {
    const extras = this.#extras?.observe(event, choice) ?? '';
    switch (event.type) {
      case 'text-delta':
        return this.#answer(event, choice, extras);
      case 'reasoning-delta':
        this.#reasoningTokens += event.tokens.length;
        return this.#plain(event.text, choice, extras);
      case 'start':
        // With probabilities the prompt waits for its own.
        return this.#shape.withLogprobs ? undefined : this.#takeEcho(choice, []) || undefined;
      case 'prompt-probabilities':
        return this.#takeEcho(choice, event.probabilities) || undefined;
      case 'prefill-progress':
        return extras === '' ? undefined : this.#chunk(choice, '', extras);
      default:
        event satisfies { type: `tool-call-${string}` | 'finish' };
        return undefined;
    }
  }

  encodeFinish(finish: FinishEvent, choice: number): string {
    const reason = encodeFinishReason(finish.reason);
    const last = `{"text":"","index":${choice},"logprobs":null,"finish_reason":"${reason}"}`;
    return this.#takeEcho(choice, []) + this.#frame.lastChunk(last, finish);
  }

  encodeEnd(finishes: readonly FinishEvent[]): string {
    const { generated: choicesPerPrompt } = this.#shape;
    return this.#frame.end(finishes, { choicesPerPrompt, reasoningTokens: this.#reasoningTokens });
  }

  encodeError(error: AppError): string {
    return encodeErrorEvent(error);
  }

  #answer({ text, probabilities }: TextDelta, choice: number, extras: string): string | undefined {
    const isRated = this.#shape.withLogprobs && probabilities !== undefined;
    if (!isRated) return this.#plain(text, choice, extras);
    const before = this.#takeEcho(choice, []);
    const logprobs = this.#logprobsOf(choice).encode(probabilities);
    return before + this.#ratedChunk({ choice, text, logprobs, extras });
  }

  #plain(text: string, choice: number, extras: string): string | undefined {
    return text === '' ? undefined : this.#chunk(choice, text, extras);
  }

  /** The chunk of the prompt, the first time it is asked for; else empty. */
  #takeEcho(choice: number, probabilities: readonly TokenProbability[]): string {
    const echo = this.#echoes.get(choice);
    if (!echo) return '';
    this.#echoes.delete(choice);
    if (this.#shape.withLogprobs) {
      const logprobs = this.#logprobsOf(choice).encodeEcho(echo, probabilities);
      return this.#ratedChunk({ choice, text: echo.text, logprobs, extras: '' });
    }
    return echo.text === '' ? '' : this.#chunk(choice, echo.text, '');
  }

  #logprobsOf(choice: number): CompletionLogprobs {
    const known = this.#logprobs.get(choice);
    if (known) return known;
    const logprobs = new CompletionLogprobs();
    this.#logprobs.set(choice, logprobs);
    return logprobs;
  }

  #ratedChunk({ choice, text, logprobs, extras }: RatedText): string {
    return this.#frame.chunk(
      `{"text":${JSON.stringify(text)},"index":${choice},"logprobs":${JSON.stringify(logprobs)},"finish_reason":null}`,
      extras,
    );
  }

  #chunk(choice: number, text: string, extras: string): string {
    return this.#frame.chunk(
      `{"text":${JSON.stringify(text)},"index":${choice},"logprobs":null,"finish_reason":null}`,
      extras,
    );
  }
}
