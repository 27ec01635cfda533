import { isAppError } from '#shared/errors/app-error.ts';
import type { EmbedResult } from '../../../engine-port/index.ts';
import type { Inference } from '../../../inference/index.ts';
import type { Exchange } from '../../exchange.ts';

export interface EmbedWish {
  model: string;
  inputs: string[];
  keepAliveMs: number | undefined;
}

export interface CutResult extends EmbedResult {
  /** How many inputs were cut. */
  cut: number;
}

/** A begin and an end token may be put around what was cut. */
const specialTokens = 2;

/**
 * Vectors of inputs of which those that are too long are cut at their end. Each round cuts what the
 * engine refused, so that inputs that fit cost nothing. Errors: as `embed`, but for inputs that are too long.
 */
export async function embedCut(
  inference: Pick<Inference, 'embed' | 'tokenize' | 'detokenize'>,
  wish: EmbedWish,
  context: Exchange,
): Promise<CutResult> {
  const cut = new Set<number>();
  let { inputs } = wish;
  for (;;) {
    try {
      return { ...(await inference.embed({ ...wish, inputs }, context)), cut: cut.size };
    } catch (error) {
      const fault = readOverflow(error);
      if (!fault || cut.has(fault.index)) throw error;
      cut.add(fault.index);
      const text = await cutText(inference, { model: wish.model, text: inputs[fault.index] ?? '', ...fault }, context);
      inputs = inputs.with(fault.index, text);
    }
  }
}

async function cutText(
  inference: Pick<Inference, 'tokenize' | 'detokenize'>,
  { model, text, contextSize }: { model: string; text: string; contextSize: number },
  context: Exchange,
): Promise<string> {
  const { tokens } = await inference.tokenize({ model, prompt: { type: 'text', text }, addSpecial: false }, context);
  const kept = tokens.slice(0, Math.max(1, contextSize - specialTokens));
  return inference.detokenize({ model, tokens: kept }, context);
}

/** Which input was too long, and how much fits. */
function readOverflow(error: unknown): { index: number; contextSize: number } | undefined {
  if (!isAppError(error) || error.code !== 'context-overflow') return undefined;
  const { param, contextSize } = error.data ?? {};
  const index = typeof param === 'string' ? /^input\[(\d+)\]$/.exec(param)?.[1] : undefined;
  return index === undefined || typeof contextSize !== 'number' ? undefined : { index: Number(index), contextSize };
}
