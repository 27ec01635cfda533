import type { ToolCall } from '#shared/domain/chat.ts';
import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { forEachValue } from '../base/index.ts';
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
  const collecting = runs.map(collectOne);
  try {
    return await Promise.all(collecting);
  } catch (error) {
    exchange.abort(toAppError(error));
    await Promise.allSettled(collecting);
    throw error;
  }
}

async function collectOne(run: AsyncIterable<GenerationEvent>): Promise<Collected> {
  const answer: Gathered = {
    text: '',
    reasoning: '',
    reasoningTokens: 0,
    toolCalls: [],
    probabilities: [],
    promptProbabilities: [],
  };
  let finish: FinishEvent | undefined;
  await forEachValue(run, (event) => {
    if (event.type === 'finish') finish = event;
    else add(answer, event);
    return undefined;
  });
  if (finish) return { ...answer, finish };
  throw new AppError('internal', 'The engine ended a generation without saying why.');
}

type Gathered = Omit<Collected, 'finish'>;
type CallEvent = Extract<GenerationEvent, { type: `tool-call-${string}` }>;

function add(answer: Gathered, event: Exclude<GenerationEvent, FinishEvent>): void {
  switch (event.type) {
    case 'text-delta':
      answer.text += event.text;
      if (event.probabilities) answer.probabilities.push(...event.probabilities);
      return;
    case 'reasoning-delta':
      answer.reasoning += event.text;
      answer.reasoningTokens += event.tokens.length;
      return;
    case 'prompt-probabilities':
      answer.promptProbabilities = event.probabilities;
      return;
    case 'start':
    case 'prefill-progress':
      return;
    default:
      addToCall(answer, event);
  }
}

/** Arguments are always JSON, also when there are none. */
function addToCall({ toolCalls }: Gathered, event: CallEvent): void {
  if (event.type === 'tool-call-start') {
    toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' };
    return;
  }
  const call = toolCalls[event.index];
  if (!call) return;
  if (event.type === 'tool-call-delta') call.arguments += event.arguments;
  else if (call.arguments === '') call.arguments = '{}';
}
