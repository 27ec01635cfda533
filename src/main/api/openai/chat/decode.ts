import type { GenerationRequest } from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeGenerationFields } from '../generation-fields.ts';
import { withoutUndefined } from '../../without-undefined.ts';
import { decodeMessages } from './message-fields.ts';
import { decodeReasoning, decodeReasoningPlace, type ReasoningPlace } from './reasoning-fields.ts';
import type { ChatRequest } from './schema.ts';
import { decodeTools, type DecodedTools } from './tool-fields.ts';

/** How the answer is written, as far as the request decides it. */
export interface ChatShape {
  reasoning: ReasoningPlace;
  calls: DecodedTools['words'];
  withLogprobs: boolean;
}

export interface DecodedChat {
  request: GenerationRequest;
  shape: ChatShape;
  /** What was not taken as it was sent, for `x-impetus-applied`. */
  applied: string[];
}

/**
 * The neutral request and how its answer is written. Throws `unsupported-field` for parts that are no text and tools
 * that are no functions, `invalid-request` for fields that contradict each other.
 */
export function decodeChatRequest(body: ChatRequest): DecodedChat {
  const { tools, choice, isParallel, words, isNarrowed } = decodeTools(body);
  const generation = decodeGenerationFields(body, body.max_completion_tokens);
  const tokenProbabilities = decodeLogprobs(body) ?? generation.tokenProbabilities;
  const templateArguments = withoutUndefined({
    add_generation_prompt: body.add_generation_prompt,
    ...body.chat_template_kwargs,
  });
  const request: GenerationRequest = {
    ...generation,
    ...withoutUndefined({
      toolChoice: tools.length > 0 ? choice : undefined,
      parallelToolCalls: isParallel,
      reasoning: decodeReasoning(body),
      tokenProbabilities,
    }),
    prompt: {
      type: 'chat',
      messages: decodeMessages(body.messages),
      ...(tools.length > 0 ? { tools } : {}),
      ...(Object.keys(templateArguments).length > 0 ? { templateArguments } : {}),
    },
  };
  const shape = {
    reasoning: decodeReasoningPlace(body),
    calls: words,
    withLogprobs: tokenProbabilities !== undefined,
  };
  return { request, shape, applied: isNarrowed ? [`tools=${tools.length}`] : [] };
}

/** How many of the likeliest tokens to report; undefined for no probabilities at all. */
function decodeLogprobs({ logprobs, top_logprobs }: ChatRequest): number | undefined {
  if (logprobs === true) return top_logprobs ?? 0;
  if (top_logprobs === undefined || top_logprobs === 0) return undefined;
  throw invalidParameter('top_logprobs', '"logprobs" must be true with it');
}
