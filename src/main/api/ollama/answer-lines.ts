import type { ToolCall } from '#shared/domain/chat.ts';
import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { Collected } from '../collect.ts';
import { encodeChatLogprobs } from '../openai/logprobs.ts';
import type { FinishEvent, StreamWords } from '../relay.ts';
import type { AnswerLog } from './answer-log.ts';
import { isObject, type AnswerShape } from './answer-shape.ts';
import { encodeErrorLine } from './errors.ts';
import { encodeDoneReason, encodeMetrics } from './metrics.ts';

export interface AnswerLinesOptions {
  /** As the client named it. */
  model: string;
  shape: AnswerShape;
  log: AnswerLog;
  /** `performance.now` when the request came. */
  arrivedAt: number;
  /** Tell the token ids of prompt and answer at the end. */
  withContext: boolean;
}

type CallEvent = Extract<GenerationEvent, { type: `tool-call-${string}` }>;

/** An answer in Ollama's words: line by line, or as a whole. A call comes in one piece. */
export class AnswerLines implements StreamWords {
  readonly #options: AnswerLinesOptions;
  readonly #head: string;
  /** Calls that have begun and not ended. */
  readonly #openCalls = new Map<number, ToolCall>();

  constructor(options: AnswerLinesOptions) {
    this.#options = options;
    this.#head = `{"model":${JSON.stringify(options.model)},"created_at":"`;
  }

  encode(event: GenerationEvent): string | undefined {
    const { shape } = this.#options;
    switch (event.type) {
      case 'text-delta':
        if (event.text === '' && !event.probabilities?.length) return undefined;
        return this.#line(shape.text(event.text), `"done":false${encodeLogprobs(event.probabilities)}`);
      case 'reasoning-delta':
        return event.text === '' ? undefined : this.#line(shape.thinking(event.text), '"done":false');
      case 'start':
      case 'prefill-progress':
      case 'prompt-probabilities':
      case 'finish':
        return undefined;
      default:
        return this.#call(event);
    }
  }

  encodeFinish(finish: FinishEvent): string {
    const { shape } = this.#options;
    return this.#cutCalls() + this.#line(shape.text(''), this.#end(finish));
  }

  encodeEnd(): string {
    return '';
  }

  encodeError(error: AppError): string {
    return encodeErrorLine(error);
  }

  encodeWhole({ probabilities, finish, ...answer }: Collected): string {
    const whole = answer.toolCalls.filter(({ arguments: json }) => isObject(json));
    const cut = answer.toolCalls.filter(({ arguments: json }) => !isObject(json));
    const text = answer.text + cut.map((call) => call.arguments).join('');
    const body = this.#options.shape.whole({ ...answer, text, toolCalls: whole });
    return this.#line(body, `${this.#end(finish)}${encodeLogprobs(probabilities)}`).trimEnd();
  }

  #call(event: CallEvent): string | undefined {
    if (event.type === 'tool-call-start') {
      this.#openCalls.set(event.index, { id: event.id, name: event.name, arguments: '' });
      return undefined;
    }
    const call = this.#openCalls.get(event.index);
    if (!call) return undefined;
    if (event.type === 'tool-call-delta') {
      call.arguments += event.arguments;
      return undefined;
    }
    this.#openCalls.delete(event.index);
    return this.#line(this.#options.shape.call(call, event.index), '"done":false');
  }

  /** What there is of a call that the end of the answer cut off: it is no object, so it is told as text. */
  #cutCalls(): string {
    const texts = [...this.#openCalls.values()].map((call) => call.arguments).filter((text) => text !== '');
    return texts.map((text) => this.#line(this.#options.shape.text(text), '"done":false')).join('');
  }

  #end(finish: FinishEvent): string {
    const { log, withContext, arrivedAt } = this.#options;
    const end = {
      done: true,
      done_reason: encodeDoneReason(finish.reason),
      ...(withContext ? { context: log.tokens } : {}),
      ...encodeMetrics(finish, { arrivedAt, startedAt: log.startedAt }),
    };
    return JSON.stringify(end).slice(1, -1);
  }

  #line(body: string, end: string): string {
    return `${this.#head}${new Date().toISOString()}",${body},${end}}\n`;
  }
}

function encodeLogprobs(probabilities: readonly TokenProbability[] | undefined): string {
  if (!probabilities?.length) return '';
  return `,"logprobs":${JSON.stringify(encodeChatLogprobs(probabilities).content)}`;
}
