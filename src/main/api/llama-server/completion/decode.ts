import type { GenerationRequest, Prompt } from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeCount, decodeGenerationFields } from '../../openai/generation-fields.ts';
import { toChoiceRequest } from '../../openai/sampling-fields.ts';
import type { MixedPrompt, NativeCompletionBody } from './schema.ts';

const mostChoices = 128;

/** Token ids of one text; `isFirst` where it begins a prompt. */
export type Tokenize = (text: string, isFirst: boolean) => Promise<number[]>;

/** The neutral requests, those of the first prompt first. Errors: `invalid-request`. */
export async function decodeCompletion(
  body: NativeCompletionBody,
  tokenize: Tokenize,
): Promise<{ requests: GenerationRequest[]; choices: number }> {
  const choices = decodeCount(body);
  const prompts = await Promise.all(toPrompts(body.prompt).map((prompt) => toPrompt(prompt, tokenize)));
  if (prompts.length === 0) throw invalidParameter('prompt', 'it is empty');
  if (prompts.length * choices > mostChoices) {
    throw invalidParameter('n', `${prompts.length} prompts times ${choices} are more than ${mostChoices} choices`);
  }
  const generation = decodeGenerationFields(body, undefined);
  const requests = prompts.flatMap((prompt) =>
    Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...generation, prompt }, choice)),
  );
  return { requests, choices };
}

/** A list with a number in it is one prompt; else each item is one. */
function toPrompts(prompt: NativeCompletionBody['prompt']): (string | MixedPrompt)[] {
  if (typeof prompt === 'string') return [prompt];
  return isMixed(prompt) ? [prompt] : prompt;
}

function isMixed(prompt: Exclude<NativeCompletionBody['prompt'], string>): prompt is MixedPrompt {
  return prompt.some((part) => typeof part === 'number');
}

async function toPrompt(prompt: string | MixedPrompt, tokenize: Tokenize): Promise<Prompt> {
  if (typeof prompt === 'string') return { type: 'text', text: prompt };
  const tokens: number[] = [];
  for (const [index, part] of prompt.entries()) {
    if (typeof part === 'number') tokens.push(part);
    else tokens.push(...(await tokenize(part, index === 0)));
  }
  return { type: 'tokens', tokens };
}
