import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Collected } from '../collect.ts';
import type { FinishEvent, StreamWords } from '../relay.ts';
import { encodeChatLogprobs } from '../openai/logprobs.ts';
import { StreamExtras, type ExtraWishes } from '../openai/stream-extras.ts';
import { encodeTimings } from '../openai/usage.ts';
import { pickFields } from './completion/pick-fields.ts';
import { encodeError } from './errors.ts';

/** What every answer of llama-server's own kind tells of itself. */
export interface NativeHead {
  /** As the client named it, or the model's id. */
  model: string;
  /** Tell the probabilities of the tokens. */
  withProbabilities: boolean;
  /** What is told of each choice at its end; absent for nothing more. */
  describe?: (choice: number) => ChoiceFacts;
  /** Tell the token ids of the answer. Default: an empty list. */
  withTokens?: boolean;
  /** Names of the members of an answer that are wanted. Default: all. */
  responseFields?: readonly string[];
}

export interface ChoiceFacts {
  /** Members to add as they are. */
  members: object;
  /** Ids of the answer. */
  tokens: readonly number[];
}

/** The answers as a whole: one, or a list where several choices were asked for. */
export function encodeNativeAnswer(head: NativeHead, choices: readonly Collected[]): string {
  const answers = choices.map(({ text, probabilities, finish }, index) => {
    const rated = head.withProbabilities ? encodeProbabilities(probabilities) : {};
    const tokens = head.withTokens === true ? (head.describe?.(index).tokens ?? []) : [];
    const answer = { ...encodeEnd(head, finish, index), content: text, tokens, ...rated };
    return pickFields(answer, head.responseFields ?? []);
  });
  return JSON.stringify(answers.length === 1 ? answers[0] : answers);
}

/** A streamed answer: pieces with `stop: false`, then the last with everything that is known. */
export class NativeChunks implements StreamWords {
  readonly #head: NativeHead;
  readonly #extras: StreamExtras | undefined;
  readonly #promptTokens = new Map<number, number>();
  readonly #predicted = new Map<number, number>();

  constructor(head: NativeHead, extras: ExtraWishes | undefined) {
    this.#head = head;
    this.#extras = extras && new StreamExtras(extras);
  }

  encode(event: GenerationEvent, choice: number): string | undefined {
    const extras = this.#extras?.observe(event, choice) ?? '';
    switch (event.type) {
      case 'start':
        this.#promptTokens.set(choice, event.promptTokens);
        return undefined;
      case 'text-delta': {
        this.#predicted.set(choice, (this.#predicted.get(choice) ?? 0) + event.tokens.length);
        const { probabilities } = event;
        if (event.text === '' && !probabilities) return undefined;
        const rated = this.#head.withProbabilities && probabilities ? encodeProbabilities(probabilities) : {};
        return this.#piece({ choice, text: event.text, tokens: event.tokens, rated, extras });
      }
      case 'prefill-progress':
        return extras === '' ? undefined : this.#piece({ choice, text: '', tokens: [], rated: {}, extras });
      default:
        return undefined;
    }
  }

  encodeFinish(finish: FinishEvent, choice: number): string {
    const end = { ...encodeEnd(this.#head, finish, choice), content: '' };
    return toFrame(JSON.stringify(pickFields(end, this.#head.responseFields ?? [])));
  }

  /** Nothing follows the last piece of an answer of this kind. */
  encodeEnd(): string {
    return '';
  }

  encodeError(error: AppError): string {
    return toFrame(JSON.stringify(encodeError(error).body));
  }

  #piece({ choice, text, tokens, rated, extras }: NativePiece): string {
    const json = JSON.stringify({
      index: choice,
      content: text,
      tokens: this.#head.withTokens === true ? tokens : [],
      stop: false,
      id_slot: -1,
      tokens_predicted: this.#predicted.get(choice) ?? 0,
      tokens_evaluated: this.#promptTokens.get(choice) ?? 0,
      ...rated,
    });
    return toFrame(`${json.slice(0, -1)}${extras}}`);
  }
}

interface NativePiece {
  choice: number;
  text: string;
  tokens: readonly number[];
  rated: object;
  /** Further members, as JSON text with a leading comma. */
  extras: string;
}

function encodeEnd({ model, describe }: NativeHead, finish: FinishEvent, index: number): Record<string, unknown> {
  const { usage } = finish;
  return {
    index,
    tokens: [],
    id_slot: -1,
    stop: true,
    model,
    tokens_predicted: usage.completionTokens,
    tokens_evaluated: usage.promptTokens,
    tokens_cached: usage.cachedTokens,
    truncated: false,
    stop_type: toStopType(finish),
    stopping_word: finish.stopText ?? '',
    timings: encodeTimings(finish),
    ...describe?.(index).members,
  };
}

function toStopType({ rawReason, reason }: FinishEvent): 'eos' | 'word' | 'limit' {
  if (rawReason === 'stop-text') return 'word';
  return reason === 'length' ? 'limit' : 'eos';
}

function encodeProbabilities(probabilities: readonly TokenProbability[]): object {
  return { completion_probabilities: encodeChatLogprobs(probabilities).content };
}

function toFrame(json: string): string {
  return `data: ${json}\n\n`;
}
