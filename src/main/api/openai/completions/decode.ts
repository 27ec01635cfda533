import type { GenerationRequest, Prompt } from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeGenerationFields } from '../generation-fields.ts';
import { toChoiceRequest } from '../sampling-fields.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { maxTotalChoices, type CompletionRequest } from './schema.ts';

type RawPrompt = Exclude<Prompt, { type: 'chat' }>;

/** The neutral requests in the order of the answer's choices: `n` for the first prompt, then for the second, … */
export function decodeCompletionRequest(body: CompletionRequest): GenerationRequest[] {
  const prompts = decodePrompts(body.prompt);
  const choices = body.n ?? 1;
  if (prompts.length * choices > maxTotalChoices) {
    throw invalidParameter('n', `${prompts.length} prompts times ${choices} are more than ${maxTotalChoices} choices`);
  }
  const generation = decodeGenerationFields(body, undefined);
  const tokenProbabilities = decodeLogprobs(body) ?? generation.tokenProbabilities;
  const shared = {
    ...generation,
    ...withoutUndefined({
      tokenProbabilities,
      promptProbabilities: body.echo === true ? tokenProbabilities : undefined,
    }),
  };
  return prompts.flatMap((prompt) =>
    Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...shared, prompt }, choice)),
  );
}

function decodeLogprobs({ logprobs }: CompletionRequest): number | undefined {
  if (typeof logprobs === 'number') return logprobs;
  return logprobs === true ? 1 : undefined;
}

/** No chat template is applied: what is sent is what the model continues. */
function decodePrompts(prompt: CompletionRequest['prompt']): RawPrompt[] {
  if (typeof prompt === 'string') return [{ type: 'text', text: prompt }];
  if (prompt.length === 0) throw invalidParameter('prompt', 'it is empty');
  if (isTokenList(prompt)) return [{ type: 'tokens', tokens: prompt }];
  return prompt.map((item) =>
    typeof item === 'string' ? { type: 'text', text: item } : { type: 'tokens', tokens: item },
  );
}

function isTokenList(prompt: readonly unknown[]): prompt is number[] {
  return typeof prompt[0] === 'number';
}
