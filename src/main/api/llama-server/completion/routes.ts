import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../../../inference/index.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { Exchange } from '../../exchange.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { decodeExtras, findIdleFields } from '../../openai/generation-fields.ts';
import { findOutputField } from '../../openai/output-fields.ts';
import type { RouteRow } from '../../route-table.ts';
import { encodeNativeAnswer, NativeChunks, type NativeHead } from '../native-answer.ts';
import { encodeSettings } from '../settings-words.ts';
import { decodeCompletion } from './decode.ts';
import { nativeCompletionSchema, type NativeCompletionBody } from './schema.ts';
import { TokenLog } from './token-log.ts';

const endpoint = 'llama-completion';

/** llama-server's own completion. `/completions` is OpenAI's here, with and without `/v1`. */
export function nativeCompletionRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerCompletion(options, request, reply);
  return [{ method: 'POST', path: '/completion', access: 'inference', handler }];
}

async function answerCompletion(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { inference } = options;
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: nativeCompletionSchema });
  const model = inference.requireModelId(body.model);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIdleFields(body)],
    requestedModel: body.model,
    model,
  });
  const tokenize = async (text: string, addSpecial: boolean) =>
    (await inference.tokenize({ model, prompt: { type: 'text', text }, addSpecial }, exchange)).tokens;
  const { requests: decoded, choices } = await decodeCompletion(body, tokenize);
  const requests = decoded.map((each) => ({ ...each, model }));
  const log = new TokenLog();
  const head = await createHead({ inference, body, requests, log, exchange });
  return answerGeneration(log.follow(inference), reply, {
    requests,
    choicesPerPrompt: choices,
    exchange,
    headers,
    outputField: () => findOutputField(body),
    stream: body.stream === true ? new NativeChunks(head, decodeExtras(body)) : undefined,
    encodeWhole: (collected) => encodeNativeAnswer(head, collected),
  });
}

interface HeadInput {
  inference: Inference;
  body: NativeCompletionBody;
  requests: readonly GenerationRequest[];
  log: TokenLog;
  exchange: Exchange;
}

async function createHead({ inference, body, requests, log, exchange }: HeadInput): Promise<NativeHead> {
  const prompts = await Promise.all(requests.map((each) => toText(inference, each, exchange)));
  const describe = (choice: number) => {
    const { model, sampling, ...others } = requests[choice] ?? { sampling: {} };
    const settings = { ...others, sampling: inference.effectiveSampling(model, sampling), isStream: body.stream };
    return {
      members: { prompt: prompts[choice] ?? '', generation_settings: encodeSettings(settings) },
      tokens: log.tokensOf(choice),
    };
  };
  return {
    model: body.model ?? requests[0]?.model ?? '',
    withProbabilities: requests[0]?.tokenProbabilities !== undefined,
    describe,
    withTokens: body.return_tokens === true,
    responseFields: body.response_fields ?? [],
  };
}

async function toText(inference: Inference, { model, prompt }: GenerationRequest, exchange: Exchange): Promise<string> {
  if (prompt.type === 'text') return prompt.text;
  return prompt.type === 'tokens' ? inference.detokenize({ model, tokens: prompt.tokens }, exchange) : '';
}
