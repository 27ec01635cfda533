import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { Exchange } from './exchange.ts';
import type { FinishEvent } from './relay.ts';

/** A generation that has ended, as a whole. */
export interface Collected {
  text: string;
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
  let text = '';
  for await (const event of run) {
    if (event.type === 'text-delta') text += event.text;
    if (event.type === 'finish') return { text, finish: event };
  }
  throw new AppError('internal', 'The engine ended a generation without saying why.');
}
