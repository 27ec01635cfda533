import type { ControlClient } from '#shared/control/client.ts';
import type { ToolCall } from '#shared/domain/chat.ts';
import type { FinishReason, GenerationEvent, GenerationRequest, Timings, Usage } from '#shared/domain/generation.ts';

/** One finished answer. */
export interface Answer {
  model: string;
  text: string;
  /** Thinking that came before the text; absent when there was none. */
  reasoning?: string;
  /** Absent when nothing was called. */
  toolCalls?: ToolCall[];
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
  const gathered: GatheredAnswer = { model: '', seed: 0, text: '', reasoning: '', toolCalls: [] };
  for await (const event of client.channel('inference.chat', request, abort)) {
    if (event.type === 'finish') return toAnswer(gathered, event);
    gather(gathered, event);
    if (event.type === 'start') onStart();
    if (event.type === 'text-delta') onText(event.text);
  }
  throw new Error('The answer ended without its last event.');
}

type FinishEvent = Extract<GenerationEvent, { type: 'finish' }>;

interface GatheredAnswer {
  model: string;
  seed: number;
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
}

function gather(answer: GatheredAnswer, event: Exclude<GenerationEvent, FinishEvent>): void {
  switch (event.type) {
    case 'start':
      answer.model = event.model;
      answer.seed = event.seed;
      return;
    case 'text-delta':
      answer.text += event.text;
      return;
    case 'reasoning-delta':
      answer.reasoning += event.text;
      return;
    case 'tool-call-start':
      answer.toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' };
      return;
    case 'tool-call-delta': {
      const call = answer.toolCalls[event.index];
      if (call) call.arguments += event.arguments;
      return;
    }
    case 'prefill-progress':
    case 'prompt-probabilities':
    case 'tool-call-end':
      return;
    default:
      event satisfies never;
  }
}

function toAnswer(gathered: GatheredAnswer, finish: FinishEvent): Answer {
  const { model, seed, text, reasoning, toolCalls } = gathered;
  const { reason: finishReason, rawReason, usage, timings } = finish;
  return {
    model,
    text,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    seed,
    finishReason,
    rawReason,
    usage,
    timings,
  };
}
