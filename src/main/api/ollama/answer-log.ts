import type { GenerationEvent } from '#shared/domain/generation.ts';
import { forEachValue, type EventSource } from '../../base/index.ts';

/** What the end of an answer tells of its course. */
export class AnswerLog {
  /** `performance.now` when the prompt was taken; undefined before. */
  startedAt: number | undefined;
  /** Ids of the prompt, where they were asked for, and of the answer. */
  readonly tokens: number[] = [];
  readonly #readPromptTokens: (() => Promise<number[]>) | undefined;

  /** `readPromptTokens` is asked before the end of the answer is told. */
  constructor(readPromptTokens?: () => Promise<number[]>) {
    this.#readPromptTokens = readPromptTokens;
  }

  /** The same events, written down as they pass. */
  follow(run: AsyncIterable<GenerationEvent>): EventSource<GenerationEvent> {
    const watch = (event: GenerationEvent) => this.#watch(event);
    return {
      async *[Symbol.asyncIterator]() {
        for await (const event of run) {
          await watch(event);
          yield event;
        }
      },
      forEach: (onEvent) =>
        forEachValue(run, (event) => {
          const watched = watch(event);
          return watched ? watched.then(() => onEvent(event)) : onEvent(event);
        }),
    };
  }

  #watch(event: GenerationEvent): Promise<void> | undefined {
    if (event.type === 'start') this.startedAt = performance.now();
    if ('tokens' in event && event.tokens) this.tokens.push(...event.tokens);
    return event.type === 'finish' ? this.#addPrompt() : undefined;
  }

  async #addPrompt(): Promise<void> {
    this.tokens.unshift(...((await this.#readPromptTokens?.()) ?? []));
  }
}
