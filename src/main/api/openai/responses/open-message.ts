import type { TokenProbability } from '#shared/domain/generation.ts';
import { toItemMembers, type EventWriter, type OpenItem } from './open-item.ts';
import { toLogprobs, toMessageItem, toTextPart, type ItemWords, type OutputItem } from './output-items.ts';

/** A message with one part of text. */
export class OpenMessage implements OpenItem {
  readonly #write: EventWriter;
  readonly #words: ItemWords;
  readonly #index: number;
  /** Members that every event of the part has. */
  readonly #place: string;
  readonly #probabilities: TokenProbability[] = [];
  #text = '';

  constructor(write: EventWriter, words: ItemWords, index: number) {
    this.#write = write;
    this.#words = words;
    this.#index = index;
    const { id } = toMessageItem(words, { index, status: 'in_progress' }, []);
    this.#place = `"item_id":"${id}","output_index":${index},"content_index":0`;
  }

  open(): string {
    const item = toMessageItem(this.#words, { index: this.#index, status: 'in_progress' }, []);
    const part = JSON.stringify(toTextPart('', []));
    return (
      this.#write('response.output_item.added', toItemMembers(this.#index, item)) +
      this.#write('response.content_part.added', `${this.#place},"part":${part}`)
    );
  }

  add(text: string, probabilities: TokenProbability[]): string {
    this.#text += text;
    this.#probabilities.push(...probabilities);
    const logprobs = probabilities.length === 0 ? '[]' : JSON.stringify(toLogprobs(probabilities));
    const members = `${this.#place},"delta":${JSON.stringify(text)},"logprobs":${logprobs}`;
    return this.#write('response.output_text.delta', members);
  }

  close(status: 'completed' | 'incomplete'): { frames: string; item: OutputItem } {
    const part = toTextPart(this.#text, this.#probabilities);
    const item = toMessageItem(this.#words, { index: this.#index, status }, [part]);
    const { text, logprobs } = part;
    const done = `${this.#place},"text":${JSON.stringify(text)},"logprobs":${JSON.stringify(logprobs)}`;
    const frames =
      this.#write('response.output_text.done', done) +
      this.#write('response.content_part.done', `${this.#place},"part":${JSON.stringify(part)}`) +
      this.#write('response.output_item.done', toItemMembers(this.#index, item));
    return { frames, item };
  }
}
