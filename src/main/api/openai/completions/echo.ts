import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../../../inference/index.ts';
import type { Exchange } from '../../exchange.ts';
import type { Echo } from '../logprobs.ts';

interface EchoMeans {
  inference: Inference;
  exchange: Exchange;
}

/**
 * The prompts as they stand before their answers, one per request. With probabilities also the first token of each,
 * which has none.
 */
export function readEchoes(requests: readonly GenerationRequest[], means: EchoMeans): Promise<Echo[]> {
  return Promise.all(
    requests.map(async (request) => ({
      text: await readText(request, means),
      ...(request.promptProbabilities === undefined ? {} : await readFirstToken(request, means)),
    })),
  );
}

/** Token ids are turned back by the model's own vocabulary. */
async function readText({ model, prompt }: GenerationRequest, { inference, exchange }: EchoMeans): Promise<string> {
  switch (prompt.type) {
    case 'text':
      return prompt.text;
    case 'infill':
      return prompt.prefix;
    case 'tokens':
      return inference.detokenize({ model, tokens: prompt.tokens }, exchange);
    case 'chat':
      return '';
    default:
      return prompt satisfies never;
  }
}

async function readFirstToken(
  { model, prompt }: GenerationRequest,
  { inference, exchange }: EchoMeans,
): Promise<Pick<Echo, 'firstToken'>> {
  const { pieces } = await inference.tokenize({ model, prompt, addSpecial: true }, exchange);
  const [first] = pieces;
  if (first === undefined) return {};
  return { firstToken: typeof first === 'string' ? [...Buffer.from(first)] : first };
}
