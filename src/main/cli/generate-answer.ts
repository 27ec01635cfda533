import type { ControlClient } from '#shared/control/client.ts';
import type { FinishReason, GenerationRequest, Timings, Usage } from '#shared/domain/generation.ts';

/** One finished answer. */
export interface Answer {
  model: string;
  text: string;
  seed: number;
  finishReason: FinishReason;
  rawReason: string;
  usage: Usage;
  timings: Timings;
}

export interface AnswerObserver {
  abort: AbortSignal;
  /** The model is in memory and has accepted the request. */
  onStart: () => void;
  onText: (text: string) => void;
}

/** Runs one request and gathers its answer. Errors: those of the request; `cancelled` on abort. */
export async function generateAnswer(
  client: ControlClient,
  request: GenerationRequest,
  { abort, onStart, onText }: AnswerObserver,
): Promise<Answer> {
  let model = '';
  let seed = 0;
  let text = '';
  for await (const event of client.channel('inference.chat', request, abort)) {
    switch (event.type) {
      case 'start':
        ({ model, seed } = event);
        onStart();
        break;
      case 'prefill-progress':
        break;
      case 'text-delta':
        text += event.text;
        onText(event.text);
        break;
      case 'finish': {
        const { reason: finishReason, rawReason, usage, timings } = event;
        return { model, text, seed, finishReason, rawReason, usage, timings };
      }
      default:
        event satisfies never;
    }
  }
  throw new Error('The answer ended without its last event.');
}
