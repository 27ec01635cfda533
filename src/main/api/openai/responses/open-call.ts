import type { ToolCall } from '#shared/domain/chat.ts';
import { toItemMembers, type EventWriter, type OpenItem } from './open-item.ts';
import { toCallItem, type ItemWords, type OutputItem } from './output-items.ts';

export interface CallBeginning extends Pick<ToolCall, 'id' | 'name'> {
  /** Place among the items of the answer. */
  index: number;
}

/** A call whose arguments come bit by bit; a custom tool's text comes at once, when all of it is there. */
export class OpenCall implements OpenItem {
  readonly #write: EventWriter;
  readonly #words: ItemWords;
  readonly #index: number;
  readonly #isCustom: boolean;
  readonly #place: string;
  readonly #call: ToolCall;

  constructor(write: EventWriter, words: ItemWords, { index, id, name }: CallBeginning) {
    this.#write = write;
    this.#words = words;
    this.#index = index;
    this.#call = { id, name, arguments: '' };
    const item = this.#toItem('in_progress');
    this.#isCustom = item.type === 'custom_tool_call';
    this.#place = `"item_id":"${item.id}","output_index":${index}`;
  }

  open(): string {
    return this.#write('response.output_item.added', toItemMembers(this.#index, this.#toItem('in_progress')));
  }

  /** Empty when there is nothing to send yet. */
  add(json: string): string {
    this.#call.arguments += json;
    if (this.#isCustom || json === '') return '';
    return this.#write('response.function_call_arguments.delta', `${this.#place},"delta":${JSON.stringify(json)}`);
  }

  /** Arguments are always JSON, also when there are none. */
  complete(): string {
    return this.#call.arguments === '' ? this.add('{}') : '';
  }

  close(status: 'completed' | 'incomplete'): { frames: string; item: OutputItem } {
    const item = this.#toItem(status);
    const frames = this.#encodeDone(item) + this.#write('response.output_item.done', toItemMembers(this.#index, item));
    return { frames, item };
  }

  #encodeDone(item: OutputItem): string {
    if (!this.#isCustom) {
      const json = JSON.stringify(item['arguments']);
      return this.#write('response.function_call_arguments.done', `${this.#place},"arguments":${json}`);
    }
    const text = JSON.stringify(item['input']);
    return (
      this.#write('response.custom_tool_call_input.delta', `${this.#place},"delta":${text}`) +
      this.#write('response.custom_tool_call_input.done', `${this.#place},"input":${text}`)
    );
  }

  #toItem(status: 'in_progress' | 'completed' | 'incomplete'): OutputItem {
    return toCallItem(this.#words, { index: this.#index, status }, this.#call);
  }
}
