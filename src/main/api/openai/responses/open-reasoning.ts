import { toItemMembers, type EventWriter, type OpenItem } from './open-item.ts';
import { toReasoningItem, type ItemWords, type OutputItem } from './output-items.ts';

/** How the events of thinking are called, as itself and as its summary. */
const names = {
  itself: {
    partAdded: 'response.content_part.added',
    partDone: 'response.content_part.done',
    text: 'response.reasoning_text',
    part: 'reasoning_text',
    index: 'content_index',
  },
  summary: {
    partAdded: 'response.reasoning_summary_part.added',
    partDone: 'response.reasoning_summary_part.done',
    text: 'response.reasoning_summary_text',
    part: 'summary_text',
    index: 'summary_index',
  },
} as const;

/** Thinking in one part. */
export class OpenReasoning implements OpenItem {
  readonly #write: EventWriter;
  readonly #words: ItemWords;
  readonly #index: number;
  readonly #names: (typeof names)[keyof typeof names];
  /** Members that every event of the part has. */
  readonly #place: string;
  #text = '';

  constructor(write: EventWriter, words: ItemWords, index: number) {
    this.#write = write;
    this.#words = words;
    this.#index = index;
    this.#names = words.summarises ? names.summary : names.itself;
    const { id } = toReasoningItem(words, { index, status: 'in_progress' }, undefined);
    this.#place = `"item_id":"${id}","output_index":${index},"${this.#names.index}":0`;
  }

  open(): string {
    const item = toReasoningItem(this.#words, { index: this.#index, status: 'in_progress' }, undefined);
    return (
      this.#write('response.output_item.added', toItemMembers(this.#index, item)) +
      this.#write(this.#names.partAdded, `${this.#place},"part":${this.#part('')}`)
    );
  }

  add(text: string): string {
    this.#text += text;
    return this.#write(`${this.#names.text}.delta`, `${this.#place},"delta":${JSON.stringify(text)}`);
  }

  close(status: 'completed' | 'incomplete'): { frames: string; item: OutputItem } {
    const item = toReasoningItem(this.#words, { index: this.#index, status }, this.#text);
    const frames =
      this.#write(`${this.#names.text}.done`, `${this.#place},"text":${JSON.stringify(this.#text)}`) +
      this.#write(this.#names.partDone, `${this.#place},"part":${this.#part(this.#text)}`) +
      this.#write('response.output_item.done', toItemMembers(this.#index, item));
    return { frames, item };
  }

  #part(text: string): string {
    return JSON.stringify({ type: this.#names.part, text });
  }
}
