import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { createAnswerHead } from '../answer.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { ChatChunks } from '../chat/chunks.ts';
import type { ChatShape } from '../chat/decode.ts';
import { encodeChatCompletion } from '../chat/encode.ts';
import { decodeCount, decodeExtras, findIdleFields } from '../generation-fields.ts';
import { findOutputField } from '../output-fields.ts';
import { toChoiceRequest } from '../sampling-fields.ts';
import { decodeFimRequest } from './decode.ts';
import { fimRequestSchema } from './schema.ts';

const endpoint = 'openai-fim';

/** Mistral's completion between a prompt and a suffix: it is asked like a completion and answers like a chat. */
export function fimRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerFim(options, request, reply);
  return [
    { method: 'POST', path: '/v1/fim/completions', access: 'inference', handler },
    { method: 'POST', path: '/fim/completions', access: 'inference', handler },
  ];
}

async function answerFim(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { inference, version } = options;
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: fimRequestSchema });
  const decoded = decodeFimRequest(body);
  const model = inference.requireModelId(body.model);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIdleFields(body)],
    requestedModel: body.model,
    model,
  });
  const head = createAnswerHead('chatcmpl', body.model ?? model, version);
  const shape: ChatShape = {
    reasoning: 'apart',
    calls: 'tool_calls',
    withLogprobs: decoded.tokenProbabilities !== undefined,
  };
  const choices = decodeCount(body);
  const includeUsage = body.stream_options?.include_usage === true;
  return answerGeneration(inference, reply, {
    requests: Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...decoded, model }, choice)),
    choicesPerPrompt: choices,
    exchange,
    headers,
    outputField: () => findOutputField(body),
    stream:
      body.stream === true ? new ChatChunks({ head, shape, includeUsage, extras: decodeExtras(body) }) : undefined,
    encodeWhole: (collected) => encodeChatCompletion(head, shape, collected),
  });
}
