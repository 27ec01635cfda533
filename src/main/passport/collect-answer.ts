import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { Answer } from './model-under-test.ts';

interface CollectOptions {
  /** Monotonic clock in ms. */
  now: () => number;
  /** Called with the first token. */
  onToken: (() => void) | undefined;
}

/** The events of one answer, put together. Errors: those of the events. */
export async function collectAnswer(
  events: AsyncIterable<GenerationEvent>,
  { now, onToken }: CollectOptions,
): Promise<Answer> {
  const startedAt = now();
  const answer = new AnswerParts();
  for await (const event of events) {
    if (answer.firstTokenAt === undefined && isWritten(event)) {
      answer.firstTokenAt = now();
      onToken?.();
    }
    answer.add(event);
  }
  return answer.finish(startedAt);
}

function isWritten({ type }: GenerationEvent): boolean {
  return type === 'text-delta' || type === 'reasoning-delta' || type === 'tool-call-start';
}

class AnswerParts {
  firstTokenAt: number | undefined;
  #text = '';
  #reasoning = '';
  readonly #tokens: number[] = [];
  readonly #open = new Map<number, { name: string; arguments: string }>();
  readonly #calls: { name: string; arguments: string }[] = [];
  #end: Extract<GenerationEvent, { type: 'finish' }> | undefined;

  add(event: GenerationEvent): void {
    if ('tokens' in event && event.tokens) this.#tokens.push(...event.tokens);
    switch (event.type) {
      case 'text-delta':
        this.#text += event.text;
        return;
      case 'reasoning-delta':
        this.#reasoning += event.text;
        return;
      case 'tool-call-start':
        this.#open.set(event.index, { name: event.name, arguments: '' });
        return;
      case 'tool-call-delta': {
        const call = this.#open.get(event.index);
        if (call) call.arguments += event.arguments;
        return;
      }
      case 'tool-call-end': {
        const call = this.#open.get(event.index);
        if (call) this.#calls.push(call);
        return;
      }
      case 'finish':
        this.#end = event;
        return;
      default:
        event satisfies { type: 'start' | 'prefill-progress' | 'prompt-probabilities' };
    }
  }

  finish(startedAt: number): Answer {
    if (!this.#end) throw new AppError('engine-crashed', 'The answer ended without its last event.');
    const { reason, stopText, usage, timings } = this.#end;
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      calls: this.#calls,
      tokens: this.#tokens,
      reason,
      stopText,
      usage,
      timings,
      firstTokenMs: (this.firstTokenAt ?? startedAt) - startedAt,
    };
  }
}
