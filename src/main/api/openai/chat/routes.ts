import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteRow } from '../../route-table.ts';
import { createAnswerHead } from '../answer.ts';
import { answerGeneration } from '../answer-generation.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import { toChoiceRequest } from '../sampling-fields.ts';
import { decodeChatRequest } from './decode.ts';
import { ChatChunks, encodeChatCompletion } from './encode.ts';
import { chatRequestSchema, messageKeys, type ChatRequest } from './schema.ts';

const endpoint = 'openai-chat';

export function chatRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerChat(options, request, reply);
  return [
    { method: 'POST', path: '/v1/chat/completions', access: 'inference', handler },
    { method: 'POST', path: '/chat/completions', access: 'inference', handler },
  ];
}

async function answerChat(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { inference, version } = options;
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: chatRequestSchema });
  const generation = decodeChatRequest(body);
  const model = inference.findModel(body.model).id;
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findNestedIgnored(body, request.body)],
    requestedModel: body.model,
    model,
  });
  const head = createAnswerHead('chatcmpl', body.model ?? model, version);
  const choices = body.n ?? 1;
  return answerGeneration(inference, reply, {
    requests: Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...generation, model }, choice)),
    choicesPerPrompt: choices,
    exchange,
    headers,
    stream: body.stream === true ? new ChatChunks(head, body.stream_options?.include_usage === true) : undefined,
    encodeWhole: (collected) => encodeChatCompletion(head, collected),
  });
}

/** Keys inside messages and stream options that make no difference, as `messages[].key`. */
function findNestedIgnored(body: ChatRequest, raw: unknown): string[] {
  const names = new Set<string>();
  const { messages } = raw as { messages: object[] };
  for (const message of messages) {
    for (const [key, value] of Object.entries(message)) {
      if (value !== null && !messageKeys.has(key)) names.add(`messages[].${key}`);
    }
  }
  if (body.stream_options !== undefined && body.stream !== true) names.add('stream_options');
  return [...names];
}
