import type { GenerationEvent } from '#shared/domain/generation.ts';
import { forEachValue, type EventSource } from '../../../base/index.ts';
import type { Inference } from '../../../inference/index.ts';

/** Writes down the token ids of each choice as they pass. */
export class TokenLog {
  readonly #lists: number[][] = [];

  tokensOf(choice: number): readonly number[] {
    return this.#lists[choice] ?? [];
  }

  /** The same door; generations count as choices in the order they are begun. */
  follow(inference: Inference): Inference {
    return {
      ...inference,
      generate: (request, context) => {
        const tokens: number[] = [];
        this.#lists.push(tokens);
        return follow(inference.generate(request, context), tokens);
      },
    };
  }
}

function follow(run: AsyncIterable<GenerationEvent>, tokens: number[]): EventSource<GenerationEvent> {
  const write = (event: GenerationEvent) => {
    if (event.type === 'text-delta') tokens.push(...event.tokens);
  };
  return {
    async *[Symbol.asyncIterator]() {
      for await (const event of run) {
        write(event);
        yield event;
      }
    },
    forEach: (onEvent) =>
      forEachValue(run, (event) => {
        write(event);
        return onEvent(event);
      }),
  };
}
