import type { ToolCall } from '#shared/domain/chat.ts';
import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { Exchange } from './exchange.ts';
import type { FinishEvent } from './relay.ts';

/** A generation that has ended, as a whole. */
export interface Collected {
  text: string;
  reasoning: string;
  reasoningTokens: number;
  /** In the order they were made; the last one is incomplete when the answer was cut off inside it. */
  toolCalls: ToolCall[];
  /** For each token of `text`; empty unless asked for. */
  probabilities: TokenProbability[];
  /** For each token of the prompt after the first; empty unless asked for. */
  promptProbabilities: TokenProbability[];
  finish: FinishEvent;
}

/** Waits for all generations; when one fails, the others are cancelled. */
export async function collect(
  runs: readonly AsyncIterable<GenerationEvent>[],
  exchange: Exchange,
): Promise<Collected[]> {
  const collecting = runs.map((run) => collectOne(run));
  try {
    return await Promise.all(collecting);
  } catch (error) {
    exchange.abort(toAppError(error));
    await Promise.allSettled(collecting);
    throw error;
  }
}

async function collectOne(run: AsyncIterable<GenerationEvent>): Promise<Collected> {
  const answer: Omit<Collected, 'finish'> = {
    text: '',
    reasoning: '',
    reasoningTokens: 0,
    toolCalls: [],
    probabilities: [],
    promptProbabilities: [],
  };
  for await (const event of run) {
    if (event.type === 'finish') return { ...answer, finish: event };
    add(answer, event);
  }
  throw new AppError('internal', 'The engine ended a generation without saying why.');
}

function add(answer: Omit<Collected, 'finish'>, event: Exclude<GenerationEvent, FinishEvent>): void {
  switch (event.type) {
    case 'text-delta':
      answer.text += event.text;
      if (event.probabilities) answer.probabilities.push(...event.probabilities);
      return;
    case 'reasoning-delta':
      answer.reasoning += event.text;
      answer.reasoningTokens += event.tokens.length;
      return;
    case 'tool-call-start':
      answer.toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' };
      return;
    case 'tool-call-delta': {
      const call = answer.toolCalls[event.index];
      if (call) call.arguments += event.arguments;
      return;
    }
    case 'prompt-probabilities':
      answer.promptProbabilities = event.probabilities;
      return;
    case 'start':
    case 'prefill-progress':
    case 'tool-call-end':
      return;
    default:
      event satisfies never;
  }
}
