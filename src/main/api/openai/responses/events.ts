import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import type { FinishEvent, StreamWords } from '../../relay.ts';
import { encodeFailure } from './failure.ts';
import { OpenCall } from './open-call.ts';
import type { EventWriter, OpenItem } from './open-item.ts';
import { OpenMessage } from './open-message.ts';
import { OpenReasoning } from './open-reasoning.ts';
import type { ItemWords, OutputItem } from './output-items.ts';
import {
  encodeResponse,
  encodeResponseUsage,
  toOutcome,
  type ResponseFacts,
  type ResponseObject,
} from './response-object.ts';

export interface ResponseEventsOptions {
  facts: ResponseFacts;
  words: ItemWords;
  /** Called with the answer before its last event is sent. */
  onEnd: (response: ResponseObject) => void;
}

/** Silent times before the client is told again that the answer is in progress: about two minutes. */
const keepAlivesPerSign = 12;
const comment = ': keep-alive\n\n';

type TextDelta = Extract<GenerationEvent, { type: 'text-delta' }>;
type CallEvent = Extract<GenerationEvent, { type: `tool-call-${string}` }>;

/** The events of a streamed answer, in their one legal order, as text ready to be sent. */
export class ResponseEvents implements StreamWords {
  readonly #options: ResponseEventsOptions;
  readonly #output: OutputItem[] = [];
  readonly #writer: EventWriter;
  #sequence = 0;
  #hasBegun = false;
  #open: OpenItem | undefined;
  #reasoningTokens = 0;
  #keepAlives = 0;

  constructor(options: ResponseEventsOptions) {
    this.#options = options;
    this.#writer = (type, members) => this.#event(type, members);
  }

  encode(event: GenerationEvent): string | undefined {
    switch (event.type) {
      case 'text-delta':
        return this.#text(event);
      case 'start':
        return this.#begin();
      case 'reasoning-delta':
        this.#reasoningTokens += event.tokens.length;
        return event.text === '' ? undefined : this.#think(event.text);
      case 'prefill-progress':
      case 'prompt-probabilities':
      case 'finish':
        return undefined;
      default:
        return this.#call(event);
    }
  }

  encodeFinish(finish: FinishEvent): string {
    const { facts, words, onEnd } = this.#options;
    const outcome = toOutcome(finish);
    const isEmpty = this.#output.length === 0 && !this.#open;
    const opening = isEmpty ? this.#begin() + this.#openItem(new OpenMessage(this.#writer, words, 0)) : '';
    const closing = this.#close(outcome.status);
    const usage = encodeResponseUsage(finish.usage, this.#reasoningTokens);
    const response = encodeResponse(facts, { ...outcome, output: this.#output, usage });
    onEnd(response);
    return opening + closing + this.#event(`response.${outcome.status}`, `"response":${JSON.stringify(response)}`);
  }

  encodeEnd(): string {
    return '';
  }

  encodeError(error: AppError): string {
    const response = encodeFailure(this.#options.facts, error, this.#output);
    return this.#begin() + this.#event('response.failed', `"response":${JSON.stringify(response)}`);
  }

  /** Comments are no events to a client that waits for one; a long wait is told by an event of its own. */
  encodeKeepAlive(): string {
    this.#keepAlives += 1;
    if (!this.#hasBegun) return this.#begin();
    const isLong = this.#keepAlives % keepAlivesPerSign === 0 && this.#output.length === 0 && !this.#open;
    return isLong ? this.#progress('response.in_progress') : comment;
  }

  /** Nothing after the first time. */
  #begin(): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    return this.#progress('response.created') + this.#progress('response.in_progress');
  }

  #progress(type: string): string {
    const response = encodeResponse(this.#options.facts, { status: 'in_progress', output: [] });
    return this.#event(type, `"response":${JSON.stringify(response)}`);
  }

  #text({ text, probabilities = [] }: TextDelta): string | undefined {
    if (text === '' && probabilities.length === 0) return undefined;
    return this.#inside(OpenMessage, text, probabilities);
  }

  #think(text: string): string {
    return this.#inside(OpenReasoning, text, []);
  }

  #inside(Kind: typeof OpenMessage | typeof OpenReasoning, text: string, probabilities: TokenProbability[]): string {
    const open = this.#open;
    if (open instanceof Kind) return open.add(text, probabilities);
    const closing = this.#close('completed');
    const item = new Kind(this.#writer, this.#options.words, this.#output.length);
    const opening = this.#openItem(item);
    return closing + opening + item.add(text, probabilities);
  }

  #call(event: CallEvent): string | undefined {
    if (event.type === 'tool-call-start') {
      const closing = this.#close('completed');
      const call = new OpenCall(this.#writer, this.#options.words, { ...event, index: this.#output.length });
      return closing + this.#openItem(call);
    }
    if (!(this.#open instanceof OpenCall)) return undefined;
    if (event.type === 'tool-call-delta') return this.#open.add(event.arguments) || undefined;
    return this.#open.complete() + this.#close('completed');
  }

  #openItem(item: OpenItem): string {
    this.#open = item;
    return item.open();
  }

  #close(status: 'completed' | 'incomplete'): string {
    if (!this.#open) return '';
    const { frames, item } = this.#open.close(status);
    this.#open = undefined;
    this.#output.push(item);
    return frames;
  }

  #event(type: string, members: string): string {
    const sequence = this.#sequence++;
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence},${members}}\n\n`;
  }
}
