import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { ChatShape } from './decode.ts';

type CallEvent = Extract<GenerationEvent, { type: `tool-call-${string}` }>;

/** The deltas of calls: the first piece names the call, the others carry the text of its arguments. */
export class CallChunks {
  readonly #words: ChatShape['calls'];
  /** Calls that have begun and said nothing yet, as `choice:index`. */
  readonly #silent = new Set<string>();

  constructor(words: ChatShape['calls']) {
    this.#words = words;
  }

  /** JSON text of the delta; undefined when there is nothing to send. */
  encode(event: CallEvent, choice: number): string | undefined {
    const key = `${choice}:${event.index}`;
    switch (event.type) {
      case 'tool-call-start':
        this.#silent.add(key);
        return this.#begin(event);
      case 'tool-call-delta':
        if (event.arguments === '') return undefined;
        this.#silent.delete(key);
        return this.#continue(event.index, event.arguments);
      case 'tool-call-end':
        // Arguments are always JSON, also when there are none.
        return this.#silent.delete(key) ? this.#continue(event.index, '{}') : undefined;
      default:
        return event satisfies never;
    }
  }

  #begin({ index, id, name }: Extract<CallEvent, { type: 'tool-call-start' }>): string | undefined {
    if (this.#words === 'tool_calls') {
      const call = { index, id, type: 'function', function: { name, arguments: '' } };
      return JSON.stringify({ tool_calls: [call] });
    }
    return index === 0 ? JSON.stringify({ function_call: { name, arguments: '' } }) : undefined;
  }

  #continue(index: number, json: string): string | undefined {
    const piece = JSON.stringify(json);
    if (this.#words === 'tool_calls') return `{"tool_calls":[{"index":${index},"function":{"arguments":${piece}}}]}`;
    return index === 0 ? `{"function_call":{"arguments":${piece}}}` : undefined;
  }
}
