import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type BegunRequest, type DialectOptions } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { bindAddendum, encodeWith, type GeneratingOptions } from '../addendum.ts';
import { createAnswerHead } from '../answer.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { decodeCount, decodeExtras, findIdleFields } from '../generation-fields.ts';
import { findOutputField } from '../output-fields.ts';
import { toChoiceRequest } from '../sampling-fields.ts';
import { ChatChunks } from './chunks.ts';
import { decodeChatRequest, type DecodedChat } from './decode.ts';
import { encodeChatCompletion } from './encode.ts';
import { findIgnoredKeys } from './message-fields.ts';
import { chatRequestSchema, type ChatRequest } from './schema.ts';

const endpoint = 'openai-chat';

export function chatRoutes(options: DialectOptions): RouteRow[] {
  const complete = (request: FastifyRequest, reply: FastifyReply) => answerChat(options, request, reply);
  const count = (request: FastifyRequest, reply: FastifyReply) => answerCount(options, request, reply);
  return [
    { method: 'POST', path: '/v1/chat/completions', access: 'inference', handler: complete },
    { method: 'POST', path: '/chat/completions', access: 'inference', handler: complete },
    { method: 'POST', path: '/v1/chat/completions/input_tokens', access: 'inference', handler: count },
    { method: 'POST', path: '/chat/completions/input_tokens', access: 'inference', handler: count },
  ];
}

export async function answerChat(
  options: GeneratingOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { inference, version } = options;
  const { body, exchange, decoded, headers, model } = beginChat(options, request);
  const { shape } = decoded;
  const head = createAnswerHead('chatcmpl', body.model ?? model, version);
  const choices = decodeCount(body);
  const includeUsage = body.stream_options?.include_usage === true;
  const addendum = bindAddendum(options, model);
  const chunkOptions = { head, shape, includeUsage, extras: decodeExtras(body), addendum };
  return answerGeneration(inference, reply, {
    requests: Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...decoded.request, model }, choice)),
    choicesPerPrompt: choices,
    exchange,
    headers,
    outputField: () => findOutputField(body),
    stream: body.stream === true ? new ChatChunks(chunkOptions) : undefined,
    encodeWhole: (collected) => encodeWith(addendum, encodeChatCompletion(head, shape, collected), collected),
  });
}

/** llama-server's count of what a chat request would put in, by the model's own template and vocabulary. */
async function answerCount(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { exchange, decoded, headers, model } = beginChat(options, request);
  const { prompt, reasoning } = decoded.request;
  const { tokens } = await options.inference.tokenize({ model, prompt, addSpecial: true, reasoning }, exchange);
  void reply.headers(headers);
  return { input_tokens: tokens.length, object: 'response.input_tokens' };
}

interface BegunChat extends Omit<BegunRequest<ChatRequest>, 'ignored'> {
  decoded: DecodedChat;
  headers: Record<string, string>;
  model: string;
}

function beginChat(options: DialectOptions, request: FastifyRequest): BegunChat {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: chatRequestSchema });
  const decoded = decodeChatRequest(body);
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIgnoredKeys(request.body), ...findIdleFields(body)],
    applied: decoded.applied,
    requestedModel: body.model,
    model,
  });
  return { body, exchange, decoded, headers, model };
}
