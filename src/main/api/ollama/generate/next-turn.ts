import type { Prompt, ReasoningOptions } from '#shared/domain/generation.ts';
import type { Inference } from '../../../inference/index.ts';
import type { Exchange } from '../../exchange.ts';

export interface NextTurn {
  model: string;
  /** Token ids of the conversation so far, up to the last word of the answer. */
  context: readonly number[];
  turn: Prompt;
  reasoning: ReasoningOptions | undefined;
}

/** Stands for the answer before; no template has a reason to change it. */
const answerBefore = 'IMPETUS-ANSWER-BEFORE';

/**
 * The conversation of `context` with one more turn, token for token: behind its last answer comes what the model's own
 * template writes between an answer and the next turn, and then that turn.
 */
export async function continueContext(
  inference: Pick<Inference, 'render' | 'tokenize'>,
  { model, context, turn, reasoning }: NextTurn,
  exchange: Exchange,
): Promise<Prompt> {
  const prompt = await toTail(inference, { model, turn, reasoning }, exchange);
  const { tokens } = await inference.tokenize({ model, prompt, reasoning, addSpecial: false }, exchange);
  return { type: 'tokens', tokens: [...context, ...tokens] };
}

async function toTail(
  inference: Pick<Inference, 'render'>,
  { model, turn, reasoning }: Omit<NextTurn, 'context'>,
  exchange: Exchange,
): Promise<Prompt> {
  if (turn.type !== 'chat') return turn;
  const before = [
    { role: 'user', content: '-' },
    { role: 'assistant', content: answerBefore },
  ] as const;
  const prompt: Prompt = { ...turn, messages: [...before, ...turn.messages] };
  const { text } = await inference.render({ model, prompt, reasoning }, exchange);
  const at = text.lastIndexOf(answerBefore);
  return at === -1 ? turn : { type: 'text', text: text.slice(at + answerBefore.length) };
}
