import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import type { Exchange } from '../exchange.ts';
import type { Endpoint } from '../field-table.ts';
import { answerGeneration } from '../answer-generation.ts';
import type { RouteRow } from '../route-table.ts';
import { decodeMessageRequest, decodePrompt, findFormatField } from './decode.ts';
import { createMessageId, encodeMessage, type MessageHead } from './encode.ts';
import { MessageEvents } from './events.ts';
import { findIgnoredKeys } from './ignored-keys.ts';
import { countRequestSchema, messageRequestSchema } from './schema.ts';
import { findAppliedEffort, showsThinking } from './thinking-fields.ts';

/** The Messages API. */
export function anthropicRoutes(options: DialectOptions): RouteRow[] {
  const message = (request: FastifyRequest, reply: FastifyReply) => answerMessage(options, request, reply);
  const count = (request: FastifyRequest, reply: FastifyReply) => answerCount(options, request, reply);
  return [
    { method: 'POST', path: '/v1/messages', access: 'inference', handler: message },
    { method: 'POST', path: '/messages', access: 'inference', handler: message },
    { method: 'POST', path: '/v1/messages/count_tokens', access: 'inference', handler: count },
    { method: 'POST', path: '/messages/count_tokens', access: 'inference', handler: count },
  ];
}

async function answerMessage(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const endpoint = 'anthropic-messages';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: messageRequestSchema });
  const generation = decodeMessageRequest(body);
  const applied = findAppliedEffort(body.output_config?.effort);
  const facts = { endpoint, exchange, ignored, applied, requestedModel: body.model } as const;
  const { model, headers } = settle(options, request, facts);
  const head: MessageHead = {
    id: createMessageId(),
    model: body.model ?? model,
    showsThinking: showsThinking(body),
    hasContextManagement: hasContextManagement(request.body),
  };
  return answerGeneration(options.inference, reply, {
    requests: [{ ...generation, model }],
    choicesPerPrompt: 1,
    exchange,
    headers,
    outputField: () => findFormatField(body),
    stream: body.stream === true ? new MessageEvents(head, exchange.id) : undefined,
    encodeWhole: ([answer]) => (answer ? encodeMessage(head, answer) : ''),
  });
}

async function answerCount(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const endpoint = 'anthropic-count';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: countRequestSchema });
  const { prompt, reasoning } = decodePrompt(body);
  const { model, headers } = settle(options, request, { endpoint, exchange, ignored, requestedModel: body.model });
  const { tokens } = await options.inference.tokenize({ model, prompt, addSpecial: true, reasoning }, exchange);
  void reply.headers(headers);
  const count = { input_tokens: tokens.length };
  if (!hasContextManagement(request.body)) return count;
  return { ...count, context_management: { original_input_tokens: tokens.length } };
}

interface SettleFacts {
  endpoint: Endpoint;
  exchange: Exchange;
  ignored: readonly string[];
  /** What else was not taken as it was sent. */
  applied?: readonly string[];
  requestedModel: string | undefined;
}

/** Which model answers, and the headers of the answer. */
function settle(
  options: DialectOptions,
  request: FastifyRequest,
  { endpoint, exchange, ignored, applied = [], requestedModel }: SettleFacts,
): { model: string; headers: Record<string, string> } {
  const model = options.inference.requireModelId(requestedModel);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIgnoredKeys(request.body)],
    applied,
    requestedModel,
    model,
  });
  return { model, headers: { ...headers, 'request-id': exchange.id } };
}

function hasContextManagement(body: unknown): boolean {
  const { context_management: edits } = body as { context_management?: unknown };
  return edits !== undefined && edits !== null;
}
