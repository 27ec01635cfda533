import type { GenerationRequest, Prompt } from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeCount, decodeGenerationFields } from '../generation-fields.ts';
import { toChoiceRequest } from '../sampling-fields.ts';
import { withoutUndefined } from '../../without-undefined.ts';
import { maxTotalChoices, type CompletionRequest } from './schema.ts';

type RawPrompt = Exclude<Prompt, { type: 'chat' }>;

/** How many choices of a prompt are generated, and how many of them are returned. */
export function decodeChoices(body: CompletionRequest): { generated: number; kept: number } {
  const n = decodeCount(body);
  const { best_of = n, stream } = body;
  if (best_of < n) throw invalidParameter('best_of', `it is less than the ${n} choices that "n" asks for`);
  if (best_of > n && stream === true) throw invalidParameter('best_of', 'the best can only be told when all are whole');
  return { generated: best_of, kept: n };
}

/** The neutral requests, those of the first prompt first. Throws `invalid-request` for numbers that do not fit. */
export function decodeCompletionRequest(body: CompletionRequest): GenerationRequest[] {
  const prompts = decodePrompts(body);
  const { generated: choices, kept } = decodeChoices(body);
  if (prompts.length * choices > maxTotalChoices) {
    throw invalidParameter(
      choices > kept ? 'best_of' : 'n',
      `${prompts.length} prompts times ${choices} are more than ${maxTotalChoices} choices`,
    );
  }
  const generation = decodeGenerationFields(body, undefined);
  const tokenProbabilities = decodeLogprobs(body);
  const shared = {
    ...generation,
    ...withoutUndefined({
      tokenProbabilities: tokenProbabilities ?? (choices > kept ? 0 : undefined),
      promptProbabilities: body.echo === true ? tokenProbabilities : undefined,
    }),
  };
  return prompts.flatMap((prompt) =>
    Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...shared, prompt }, choice)),
  );
}

/** How many of the likeliest tokens the caller wants to see; undefined for no probabilities at all. */
export function decodeLogprobs({ logprobs, n_probs }: CompletionRequest): number | undefined {
  if (typeof logprobs === 'number') return logprobs;
  if (logprobs === true) return 1;
  return n_probs === 0 ? undefined : n_probs;
}

/** No chat template is applied: what is sent is what the model continues, up to the suffix where there is one. */
function decodePrompts(body: CompletionRequest): RawPrompt[] {
  const prompts = decodePromptField(body.prompt);
  const { suffix = '' } = body;
  if (suffix === '') return prompts;
  if (body.echo === true && decodeLogprobs(body) !== undefined) {
    throw invalidParameter(
      'suffix',
      'the probabilities of a prompt with a suffix cannot be told apart; leave out "echo"',
    );
  }
  return prompts.map((prompt) => {
    if (prompt.type === 'text') return { type: 'infill', prefix: prompt.text, suffix };
    throw invalidParameter('suffix', 'the prompt must be text, not token ids, with it');
  });
}

function decodePromptField(prompt: CompletionRequest['prompt']): RawPrompt[] {
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
